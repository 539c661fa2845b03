import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../shared/errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { systemFolderFs } from "./folder-fs.ts";
import { localError } from "./local-errors.ts";

/** Only the owner may look into a new repository; who wants more changes the root's mode, and new objects follow it. */
const ROOT_MODE = 0o700;

/** Makes the root folder with its parents when missing, and syncs each new name. An existing folder is left as it is. */
export async function createFolder(root: string): Promise<void> {
  try {
    const topmost = await makeFolders(root, ROOT_MODE);
    if (topmost !== undefined) await syncNames(root, topmost);
  } catch (error) {
    throw (await isSomethingElse(root)) ? notAFolder(root) : localError(error, `make folder ${root}`);
  }
}

/** Makes the names of all folders from `root` up to `topmost` last. */
async function syncNames(root: string, topmost: string): Promise<void> {
  await systemFolderFs.syncFolder(dirname(root));
  if (root !== topmost && root !== dirname(root)) await syncNames(dirname(root), topmost);
}

async function isSomethingElse(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return false;
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
