import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE } from "../format/entry.ts";
import { commitKey, folderPrefix, sessionKey } from "../format/object-keys.ts";
import { ManualClock } from "../shared/clock.ts";
import { isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import type { FaultPlan } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import type { ObjectInfo } from "../storage/object-store.ts";
import { RetryStore } from "../storage/retry/retry-store.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { initMemory, memoryRepository, openIn, publishCollection, storePack } from "../../test/support/memory-repository.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { manifestOf, thinBackup, type Tree } from "../../test/support/thin-backup.ts";
import { decide, readRegisters } from "./registers.ts";
import { Session } from "./session.ts";

const WRITER = { host: "host", program: "test" };
const MANIFEST = manifestOf(fileEntry("root"), { tags: [], host: "host", startedNs: 5n });
const TREE: Tree = new Map([["a", new Uint8Array(6000).fill(1)]]);

function keysIn(objects: ReadonlyMap<string, Uint8Array>, folder: "sessions" | "commits" | "snapshots" | "index"): readonly string[] {
  return [...objects.keys()].filter((key) => key.startsWith(folderPrefix(folder)));
}

test("Session.announce() takes the newest epoch when prune publishes one meanwhile, and closes what it announced before", async () => {
  const { repository, objects } = await memoryRepository();
  class Pruning extends MemoryStore {
    #listings = 0;
    override async *list(prefix: string): AsyncGenerator<ObjectInfo> {
      yield* super.list(prefix);
      this.#listings += 1;
      if (prefix === "gc/" && this.#listings === 1) await publishCollection(repository.context, { epoch: 7, step: "condemned" });
    }
  }
  const { context } = await openIn(new Pruning(objects));
  const session = await Session.announce({ ...context, store: new Pruning(objects) }, WRITER);
  assert.equal(session.epoch, 7);
  assert.equal(keysIn(objects, "sessions").length, 2);
  const [first] = keysIn(objects, "commits");
  assert.notEqual(first, commitKey(session.id));
  assert.ok(objects.has(sessionKey(session.id)));
});

test("Session.announce() gives up loudly when the epoch never stands still", async () => {
  const { repository, objects } = await memoryRepository();
  let epoch = 0;
  class Pruning extends MemoryStore {
    override async *list(prefix: string): AsyncGenerator<ObjectInfo> {
      yield* super.list(prefix);
      epoch += 1;
      if (prefix === "gc/") await publishCollection(repository.context, { epoch, step: "condemned" });
    }
  }
  const { context } = await openIn(new Pruning(objects));
  await assert.rejects(Session.announce(context, WRITER), (error) => isAppError(error, "E_STORE_UNAVAILABLE") && error.retryable);
  assert.equal(keysIn(objects, "commits").length, keysIn(objects, "sessions").length);
});

test("Session sends packs before segments, segments before the manifest, the manifest before the register", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const store = new RecordingStore(new MemoryStore(objects));
  await thinBackup(await openIn(store), TREE, { tags: ["a"] });
  const order = ["sessions", "packs", "index", "snapshots", "commits"];
  assert.deepEqual(store.created("begun"), order);
  assert.deepEqual(store.created("done"), order);
  // Nothing of a stage begins before all of the stage before it has ended.
  const creates = store.calls.filter(({ operation }) => operation === "create");
  for (const [at, folder] of order.entries()) {
    const begun = creates.findIndex(({ key, done }) => key.startsWith(folder) && !done);
    const ended = creates.findLastIndex(({ key, done }) => key.startsWith(order[at - 1] ?? "none") && done);
    assert.ok(begun > ended, `${folder} after ${order[at - 1]}`);
  }
});

test("Session looks at the packs only after it was announced", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const store = new RecordingStore(new MemoryStore(objects));
  await thinBackup(await openIn(store), TREE, { tags: ["a"] });
  const announced = store.calls.findIndex(({ key, done }) => key.startsWith("sessions/") && done);
  const looked = ["packs/", "index/"].map((prefix) =>
    store.calls.findIndex(({ operation, key }) => operation === "list" && key === prefix),
  );
  for (const at of looked) assert.ok(at > announced);
});

test("Session.commit() decides its register once; a second commit is a defect of the caller", async () => {
  const { repository, objects } = await memoryRepository();
  const session = await Session.announce(repository.context, WRITER);
  const snapshot = await session.commit(MANIFEST);
  assert.deepEqual(
    (await repository.snapshots()).map(({ id, session: by }) => [id, by]),
    [[snapshot, session.id]],
  );
  const register = objects.get(commitKey(session.id));
  await assert.rejects(session.commit(MANIFEST), /only the writer itself commits its session, and once/);
  await session.abandon();
  assert.equal(objects.get(commitKey(session.id)), register);
  assert.equal((await repository.snapshots()).length, 1);
});

test("Session.commit() is E_FENCED when somebody else closed the session, and nothing becomes visible", async () => {
  const { repository } = await memoryRepository();
  const session = await Session.announce(repository.context, WRITER);
  await decide(repository.context, session.id, { state: "fenced", by: "prune", nonce: new Uint8Array(16) });
  await assert.rejects(session.commit(MANIFEST), (error) => isAppError(error, "E_FENCED") && error.retryable);
  assert.deepEqual(await repository.snapshots(), []);
});

test("Session.commit() is E_FENCED after the session itself was abandoned", async () => {
  const { repository } = await memoryRepository();
  const session = await Session.announce(repository.context, WRITER);
  await session.abandon();
  await assert.rejects(session.commit(MANIFEST), (error) => isAppError(error, "E_FENCED"));
});

test("Session.commit() goes through when prune finishes an epoch or publishes a newer one, and not when an old list appears", async () => {
  const { repository } = await memoryRepository();
  const { context } = repository;
  await publishCollection(context, { epoch: 2, step: "condemned" });
  const session = await Session.announce(context, WRITER);
  await publishCollection(context, { epoch: 2, step: "final" });
  await publishCollection(context, { epoch: 2, step: "done" });
  await publishCollection(context, { epoch: 3, step: "condemned" });
  await session.commit(MANIFEST);

  const second = await Session.announce(context, WRITER);
  await publishCollection(context, { epoch: 1, step: "condemned" });
  await assert.rejects(second.commit(MANIFEST), (error) => isAppError(error, "E_FENCED"));
  assert.equal((await repository.snapshots()).length, 1);
});

/** Every create works and loses its answer the first time. */
function everyAnswerLost(): FaultPlan {
  const lost = new Set<string>();
  return ({ operation, key }) => {
    if (operation !== "create" || lost.has(key)) return undefined;
    lost.add(key);
    return { kind: "fail-after", retryable: true };
  };
}

test("Session and its uploads see their own objects again when every answer is lost once", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const clock = new ManualClock();
  const store = new RetryStore(new FaultStore(new MemoryStore(objects), everyAnswerLost(), clock), { clock, random: systemRandom });
  const repository = await openIn(store);
  const snapshot = await thinBackup(repository, TREE, { tags: ["a"] });
  assert.deepEqual(
    (await repository.snapshots()).map(({ id }) => id),
    [snapshot],
  );
  assert.equal(keysIn(objects, "sessions").length, 1);
});

test("Session.commit() fails when a segment could not be written, and decides nothing", async () => {
  const { objects } = await memoryRepository();
  const plan: FaultPlan = ({ operation, key }) =>
    operation === "create" && key.startsWith("index/") ? { kind: "fail-before", retryable: false } : undefined;
  const repository = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
  const { pack } = await storePack(repository, CHUNK_TYPE.data, Uint8Array.of(1));
  const session = await Session.announce(repository.context, WRITER);
  session.addPack(pack);
  await assert.rejects(session.commit(MANIFEST), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
  assert.deepEqual([keysIn(objects, "snapshots"), keysIn(objects, "commits")], [[], []]);
  await session.abandon();
  const states: string[] = [];
  for await (const { register } of readRegisters(repository.context, () => assert.fail())) states.push(register.state);
  assert.deepEqual(states, ["fenced"]);
});

test("Session.addPack() writes a segment as soon as one is full, without waiting for the commit", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack } = await storePack(repository, CHUNK_TYPE.data, Uint8Array.of(1));
  const count = 64 * 1024;
  const chunks = { chunkIds: new Uint8Array(count * 32), chunkTypes: new Uint8Array(count).fill(1), chunkLengths: new Uint32Array(count) };
  chunks.chunkLengths[0] = pack.directory.rawLength;
  const session = await Session.announce(repository.context, WRITER);
  for (let at = 0; at < 6; at += 1) session.addPack({ ...pack, directory: { ...pack.directory, ...chunks } });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(keysIn(objects, "index").length, 1);
  await session.commit(MANIFEST);
  assert.equal(keysIn(objects, "index").length, 2);
});
