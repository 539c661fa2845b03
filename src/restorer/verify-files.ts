import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { rowsInFileOrder } from "./content-plan.ts";
import { columnsOf, type PlannedFile } from "./file-columns.ts";
import type { RestorePool } from "./restore-pool.ts";
import { pathOf } from "./restore-window.ts";

/** Files read back by one task. */
const VERIFY_FILES_MAX = 512;

/** Reads restored files back and compares them with what the snapshot says. Returns how many were right. */
export async function verifyFiles(
  files: readonly PlannedFile[],
  options: { readonly pool: RestorePool; readonly issue: (path: ByteString, error: AppError) => void },
): Promise<number> {
  let right = 0;
  const running: Promise<void>[] = [];
  for (let at = 0; at < files.length; at += VERIFY_FILES_MAX) {
    const group = files.slice(at, at + VERIFY_FILES_MAX);
    const columns = columnsOf(group.map((file) => ({ file, rows: file.entry.content.lengths.length })));
    await options.pool.room();
    running.push(
      options.pool.submit({ type: "compare", files: columns, rows: rowsInFileOrder(group) }).then(({ differs, unlike }) => {
        let row = 0;
        for (const [number, file] of group.entries()) {
          const end = row + file.entry.content.lengths.length;
          const wrong = unlike[number] === 1 || differs.subarray(row, end).includes(1);
          row = end;
          if (wrong) options.issue(pathOf(file), wrongAfterWriting(must(group[number], "file is in the group")));
          else right += 1;
        }
      }),
    );
  }
  await Promise.all(running);
  return right;
}

function wrongAfterWriting(file: PlannedFile): AppError {
  return new AppError({
    code: "E_TARGET",
    what: `${displayBytes(pathOf(file))} does not read back as it was written`,
    why: "the target gave other bytes than were written to it, or somebody changed it meanwhile",
    hint: "restore it again; if it happens again, check the disk of the target",
  });
}
