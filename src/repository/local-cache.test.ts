import assert from "node:assert/strict";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { CHEAP_KDF, initMemory } from "../../test/support/memory-repository.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { thinBackup } from "../../test/support/thin-backup.ts";
import { ManualClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import type { AzureBlobSpec } from "../storage/azure-blob/azure-spec.ts";
import type { StoreSpec } from "../storage/location.ts";
import { parseLocation } from "../storage/location.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { loadIndex } from "./loaded-index.ts";
import { openRepositoryIn } from "./open.ts";

/** Any store that is no folder of this machine: nothing connects to it, since the tests bring their own store. */
const FAR_AWAY = parseLocation("az://account/container", { AZURE_STORAGE_KEY: "a2V5" }) as AzureBlobSpec;

/** Opens the repository as a program that has just started does, reads snapshots and index, and tells which objects it took from the store. */
async function reads(objects: Map<string, Uint8Array>, spec: StoreSpec, directory: string | undefined): Promise<readonly string[]> {
  const store = new RecordingStore(new MemoryStore(objects));
  const common = { secret: {}, clock: new ManualClock(), random: systemRandom, kdfFloor: CHEAP_KDF };
  const repository = await openRepositoryIn(store, { ...common, spec, cacheDirectory: directory });
  const snapshots = await repository.snapshots();
  assert.equal(snapshots.length, 2);
  await loadIndex(repository.context);
  await repository.close();
  return store.calls.filter(({ operation, done }) => operation === "read" && done).map(({ key }) => key.split("/")[0] ?? "");
}

async function twoSnapshots(): Promise<Map<string, Uint8Array>> {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  for (const tag of ["one", "two"]) {
    const opening = { spec: FAR_AWAY, secret: {}, cacheDirectory: undefined, clock: new ManualClock(), random: systemRandom };
    const repository = await openRepositoryIn(new MemoryStore(objects), opening);
    await thinBackup(repository, new Map([["name", new TextEncoder().encode(tag)]]), { tags: [tag] });
    await repository.close();
  }
  return objects;
}

const SMALL = new Set(["index", "commits", "snapshots"]);
const small = (folders: readonly string[]): readonly string[] => folders.filter((folder) => SMALL.has(folder));

test("withLocalCache() has registers, manifests and index segments fetched once, whatever else runs in between", async () => {
  await using folder = await tempFolder("local-cache");
  const objects = await twoSnapshots();
  const first = small(await reads(objects, FAR_AWAY, folder.path));
  assert.deepEqual([...new Set(first)].toSorted(), [...SMALL].toSorted());
  assert.deepEqual(small(await reads(objects, FAR_AWAY, folder.path)), []);
  assert.deepEqual(small(await reads(objects, FAR_AWAY, undefined)).toSorted(), first.toSorted());
});

test("withLocalCache() lets a damaged copy be fetched anew", async () => {
  await using folder = await tempFolder("local-cache");
  const objects = await twoSnapshots();
  const first = small(await reads(objects, FAR_AWAY, folder.path));
  for (const item of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    chmodSync(`${item.parentPath}/${item.name}`, 0o600);
    writeFileSync(`${item.parentPath}/${item.name}`, "not what was kept");
  }
  assert.deepEqual(small(await reads(objects, FAR_AWAY, folder.path)).toSorted(), first.toSorted());
});

test("withLocalCache() keeps nothing of a folder, and does without a cache where none can be made", async () => {
  await using folder = await tempFolder("local-cache");
  const objects = await twoSnapshots();
  const near = await reads(objects, { kind: "local", path: "/memory" }, folder.path);
  assert.deepEqual(readdirSync(folder.path), []);
  writeFileSync(`${folder.path}/file`, "");
  assert.deepEqual((await reads(objects, FAR_AWAY, `${folder.path}/file`)).toSorted(), near.toSorted());
});
