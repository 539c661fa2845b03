import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; removed with everything in it when disposed. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** A place in memory, for tests of many files or syncs that need no extended attributes; where there is none, the temp folder. */
export const MEMORY_PLACE: string = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Makes a fresh folder below the system's temp folder or another place: `await using folder = await tempFolder()`. */
export async function tempFolder(label = "test", place: string = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(place, `varve-${label}-`));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
