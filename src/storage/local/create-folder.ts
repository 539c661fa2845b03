import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../shared/errors.ts";
import { systemFolderFs } from "./folder-fs.ts";
import { localError } from "./local-errors.ts";

/** Only the owner may look into a new repository; who wants more changes the root's mode, and new objects follow it. */
const ROOT_MODE = 0o700;

/** Makes the root folder with its parents when missing, and syncs each new name. An existing folder is left as it is. */
export async function createFolder(root: string): Promise<void> {
  try {
    const first = await mkdir(root, { recursive: true, mode: ROOT_MODE });
    for (let made = root; first !== undefined; made = dirname(made)) {
      await systemFolderFs.syncFolder(dirname(made));
      if (made === first || made === dirname(made)) break;
    }
    if (!(await stat(root)).isDirectory()) throw notAFolder(root);
  } catch (error) {
    const isFile = await stat(root).then((info) => !info.isDirectory(), () => false);
    throw isFile ? notAFolder(root) : localError(error, `make folder ${root}`);
  }
}

function notAFolder(root: string): AppError {
  return new AppError({
    code: "E_STORE_CONTAINER",
    what: `${root} is not a folder`,
    why: "something else has this name",
    hint: "choose another place for the repository",
    data: { path: root },
  });
}
