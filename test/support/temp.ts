import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; removed with everything in it when disposed. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Makes a fresh folder below the system's temp folder: `await using folder = await tempFolder()`. */
export async function tempFolder(label = "test"): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), `varve-${label}-`));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
