import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; removed with everything in it when disposed. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a fresh folder below the system's temp folder: `await using folder = await tempFolder()`. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), "azure-files-emulator-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
