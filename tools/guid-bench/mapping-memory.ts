import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { startAzurite } from "../../test/support/azurite.ts";
import { seededRandom } from "../../src/shared/random.ts";
import { GuidMaker, joinGuids } from "../../src/guid/guid.ts";
import { measure } from "../bench/measure.ts";
import type { Measurement } from "../bench/measure.ts";
import { VARVE } from "./contestants/varve.ts";

const CONTAINER = "memory";
const PENDING_CHARS_MAX = 2 ** 20;

/** What going through a mapping took. */
export interface MemoryResult extends Measurement {
  readonly entries: number;
}

/** Writes a mapping as `varve guid index` would, with paths of about 60 characters that lead nowhere. */
function writeMapping(path: string, entries: number): void {
  const guids = new GuidMaker(seededRandom(1));
  const server = guids.next();
  const fd = openSync(path, "w");
  let text = "{";
  for (let index = 0; index < entries; index += 1) {
    text += `${index === 0 ? "\n" : ",\n"}"${joinGuids(server, guids.next())}": "/srv/data/department ${index >> 12}/project ${index >> 6}/document ${index}.txt"`;
    if (text.length < PENDING_CHARS_MAX) continue;
    writeSync(fd, text);
    text = "";
  }
  writeSync(fd, `${text}\n}\n`);
  closeSync(fd);
}

/**
 * Time and peak memory of `varve guid save` over mappings of growing length whose files are all left out: what remains is reading the
 * mapping twice, looking for duplicates, listing and joining, which is all that depends on its length.
 */
export async function measureMemory(
  lengths: readonly number[],
  options: { readonly workDir: string; readonly timeExecutable: string | undefined; readonly signal: AbortSignal },
): Promise<readonly MemoryResult[]> {
  const home = join(options.workDir, "memory");
  const mapping = join(home, "map.json");
  await using azurite = await startAzurite({ place: options.workDir });
  const credential = new StorageSharedKeyCredential(azurite.account, azurite.key);
  await new BlobServiceClient(azurite.serviceUrl, credential).createContainer(CONTAINER);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
  const results: MemoryResult[] = [];
  mkdirSync(home);
  try {
    for (const entries of lengths) {
      writeMapping(mapping, entries);
      const argv = [VARVE, "guid", "save", "--mapping", mapping, "--container", CONTAINER, "--skip-files", "*.txt", "--quiet"];
      results.push({ entries, ...(await measure({ argv }, { environment, home, ...options })) });
    }
    return results;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
