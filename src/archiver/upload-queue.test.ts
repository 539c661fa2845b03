import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE } from "../format/entry.ts";
import { packKey } from "../format/object-keys.ts";
import type { FinishedPack } from "../repository/pack-writer.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { toHex } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { CreateOutcome } from "../storage/object-store.ts";
import { finishPack, memoryRepository, packWriter } from "../../test/support/memory-repository.ts";
import { UploadQueue } from "./upload-queue.ts";

/** A store whose creates wait until they are let go. */
class SlowStore {
  readonly waiting: { readonly key: string; readonly settle: (outcome: CreateOutcome | Error) => void }[] = [];
  readonly created = new Map<string, Uint8Array>();

  create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: CreateOutcome | Error): void => {
        if (outcome instanceof Error) reject(outcome);
        else {
          this.created.set(key, new Uint8Array(Buffer.concat(parts)));
          resolve(outcome);
        }
      };
      this.waiting.push({ key, settle });
    });
  }

  /** Lets the oldest create go. */
  next(outcome: CreateOutcome | Error = "created"): void {
    this.waiting.shift()?.settle(outcome);
  }
}

async function packs(repository: OpenRepository, count: number): Promise<readonly FinishedPack[]> {
  const writer = await packWriter(repository.context);
  return Array.from({ length: count }, (_, at) => {
    const plain = Uint8Array.of(1, at);
    writer.add(repository.hasher.id(CHUNK_TYPE.data, plain), CHUNK_TYPE.data, plain);
    return finishPack(writer);
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("UploadQueue keeps the bytes of a pack as they are until they are durable, whatever is packed meanwhile", async () => {
  const { repository } = await memoryRepository();
  const store = new SlowStore();
  const queue = new UploadQueue(store, () => undefined);
  const writer = await packWriter(repository.context);
  const sent: FinishedPack[] = [];
  const sending: Promise<void>[] = [];
  // Nobody waits for `send`: that is what directories settling at the same time look like.
  for (let at = 0; at < 6; at += 1) {
    const plain = Uint8Array.of(2, at);
    writer.add(repository.hasher.id(CHUNK_TYPE.tree, plain), CHUNK_TYPE.tree, plain);
    const pack = finishPack(writer);
    sent.push({ ...pack, bytes: pack.bytes.slice() });
    sending.push(queue.send(pack));
    if (at % 2 === 1) store.next();
    await turn();
  }
  while (store.created.size < sent.length) {
    store.next();
    await turn();
  }
  await Promise.all(sending);
  await queue.drain();
  for (const { indexed, bytes } of sent) assert.deepEqual(store.created.get(packKey(toHex(indexed.id))), bytes);
});

test("UploadQueue tells of a pack only once it is durable", async () => {
  const { repository } = await memoryRepository();
  const store = new SlowStore();
  const stored: number[] = [];
  const queue = new UploadQueue(store, ({ number }) => stored.push(number));
  const [pack] = await packs(repository, 1);
  assert.ok(pack !== undefined);
  await queue.send(pack);
  await turn();
  assert.deepEqual(stored, []);
  store.next();
  await queue.drain();
  assert.deepEqual(stored, [pack.number]);
});

test("UploadQueue.drain() waits for packs whose turn has not come yet", async () => {
  const { repository } = await memoryRepository();
  const store = new SlowStore();
  const queue = new UploadQueue(store, () => undefined);
  const sending = (await packs(repository, 4)).map((pack) => queue.send(pack));
  let drained = false;
  const draining = queue.drain().then(() => {
    drained = true;
  });
  for (let at = 0; at < 4; at += 1) {
    await turn();
    assert.equal(drained, false);
    store.next();
  }
  await Promise.all([...sending, draining]);
  assert.equal(store.created.size, 4);
});

test("UploadQueue keeps its first failure and throws it from then on, while settle() never throws", async () => {
  const { repository } = await memoryRepository();
  const store = new SlowStore();
  const stored: number[] = [];
  const queue = new UploadQueue(store, ({ number }) => stored.push(number));
  const [first, second] = await packs(repository, 2);
  assert.ok(first !== undefined && second !== undefined);
  await queue.send(first);
  store.next(new AppError({ code: "E_STORE_FULL", what: "full" }));
  await queue.settle();
  await assert.rejects(queue.drain(), (error) => isAppError(error, "E_STORE_FULL"));
  await assert.rejects(queue.send(second), (error) => isAppError(error, "E_STORE_FULL"));
  assert.deepEqual(stored, []);
});

test("UploadQueue fails when a new pack is in the store already", async () => {
  const { repository } = await memoryRepository();
  const queue = new UploadQueue({ create: async () => "exists" }, () => undefined);
  const [pack] = await packs(repository, 1);
  assert.ok(pack !== undefined);
  await queue.send(pack);
  await assert.rejects(queue.drain(), (error) => isAppError(error, "E_STORE"));
});
