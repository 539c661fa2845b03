import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "../shared/errors.ts";
import { memoryRepository, publishCollection } from "../../test/support/memory-repository.ts";
import { sealObject } from "../crypto/sealed-stream.ts";
import { collectionKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { condemnedLists, condemnedPacks, newestEpoch } from "./epochs.ts";

const [A, B, C] = ["aa", "bb", "cc"].map((text) => text.repeat(32)) as [string, string, string];

test("newestEpoch() is 0 before the first collection and the highest number from then on", async () => {
  const { repository, objects } = await memoryRepository();
  assert.equal(await newestEpoch(repository), 0);
  await publishCollection(repository.context, { epoch: 10, step: "condemned" });
  await publishCollection(repository.context, { epoch: 9, step: "done" });
  objects.set("gc/notes", Uint8Array.of(1));
  assert.equal(await newestEpoch(repository), 10);
});

test("condemnedPacks() joins the lists of all epochs, rescued packs included", async () => {
  const { repository } = await memoryRepository();
  await publishCollection(repository.context, { epoch: 1, step: "condemned" }, [A, B]);
  await publishCollection(repository.context, { epoch: 1, step: "rescued" }, [B]);
  await publishCollection(repository.context, { epoch: 2, step: "condemned" }, [C]);
  assert.deepEqual([...(await condemnedPacks(repository.context))].sort(), [A, B, C]);
});

test("condemnedPacks() refuses a list that ends in the middle of an id", async () => {
  const { repository } = await memoryRepository();
  const parts = sealObject(OBJECT_KIND.collection, new Uint8Array(40), repository.context);
  await repository.store.create(collectionKey(1, "condemned"), parts);
  await assert.rejects(condemnedPacks(repository.context), (error) => isAppError(error, "E_CORRUPT"));
});

test("condemnedLists() counts lists up to an epoch, and nothing else that prune writes", async () => {
  const { repository } = await memoryRepository();
  for (const epoch of [1, 2, 3]) await publishCollection(repository.context, { epoch, step: "condemned" });
  for (const step of ["rescued", "final", "done"] as const) await publishCollection(repository.context, { epoch: 1, step });
  assert.equal(await condemnedLists(repository, 2), 2);
});
