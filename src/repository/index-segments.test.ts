import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { indexKey } from "../format/object-keys.ts";
import { isAppError } from "../shared/errors.ts";
import { ManualClock } from "../shared/clock.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { memoryRepository, openIn, storePack } from "../../test/support/memory-repository.ts";
import type { RepositoryContext } from "./context.ts";
import { readIndexSegments, writeIndexSegment } from "./index-segments.ts";

async function allPacks(context: RepositoryContext): Promise<readonly IndexedPack[]> {
  const packs: IndexedPack[] = [];
  for await (const segment of readIndexSegments(context)) packs.push(...segment);
  return packs;
}

/** A repository with two segments of one pack each. */
async function twoSegments(): Promise<{
  readonly objects: Map<string, Uint8Array>;
  readonly context: RepositoryContext;
  readonly packs: readonly IndexedPack[];
  readonly keys: readonly [string, string];
}> {
  const { objects, repository } = await memoryRepository();
  const first = await storePack(repository, CHUNK_TYPE.data, Uint8Array.of(1));
  const second = await storePack(repository, CHUNK_TYPE.tree, Uint8Array.of(2));
  const keys = [
    indexKey(await writeIndexSegment(repository.context, [first.pack])),
    indexKey(await writeIndexSegment(repository.context, [second.pack])),
  ] as const;
  return { objects, context: repository.context, packs: [first.pack, second.pack], keys: [...keys] };
}

test("readIndexSegments() gives back every pack that was written, with its directory", async () => {
  const { context, packs } = await twoSegments();
  const plain = (pack: IndexedPack): unknown =>
    JSON.parse(
      JSON.stringify(pack, (_, value: unknown) =>
        ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex") : value,
      ),
    );
  assert.deepEqual((await allPacks(context)).map(plain), packs.map(plain));
});

test("readIndexSegments() passes over what is not named like a segment", async () => {
  const { context, objects, packs } = await twoSegments();
  objects.set("index/readme.txt", Uint8Array.of(1));
  assert.equal((await allPacks(context)).length, packs.length);
});

test("readIndexSegments() throws when the listing breaks, instead of giving a part for the whole", async () => {
  const { objects } = await twoSegments();
  const plan = scriptedFaults([{ operation: "list", prefix: "index/", fault: { kind: "break-list", afterObjects: 1, retryable: false } }]);
  const { context } = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
  await assert.rejects(allPacks(context), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
});

test("readIndexSegments() refuses a damaged segment, and a sound one under another's name", async () => {
  const { context, objects, keys } = await twoSegments();
  const [first, second] = keys;
  const body = objects.get(first);
  const other = objects.get(second);
  assert.ok(body !== undefined && other !== undefined);
  objects.set(first, other);
  await assert.rejects(allPacks(context), (error) => isAppError(error, "E_CORRUPT") && /another object/.test(error.why));
  objects.set(first, body.with(body.length - 40, (body[body.length - 40] ?? 0) ^ 1));
  await assert.rejects(allPacks(context), (error) => isAppError(error, "E_CORRUPT"));
});
