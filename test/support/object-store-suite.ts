import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concatBytes } from "../../src/shared/bytes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import type { ErrorCode } from "../../src/shared/error-codes.ts";
import { seededRandom } from "../../src/shared/random.ts";
import type { ObjectInfo, ObjectStore } from "../../src/storage/object-store.ts";

/** One empty place that holds objects, and a way to open it again as another process would. */
export interface StoreHarness {
  connect(): Promise<ObjectStore>;
  dispose(): Promise<void>;
}

interface Scene {
  readonly store: ObjectStore;
  /** A second, independent way to the same objects. */
  readonly other: ObjectStore;
}

const MIB = 2 ** 20;

/** Bytes that differ from each other and repeat from run to run. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  return seededRandom(seed).bytes(length);
}

/** True for an `AppError` with this code: the second argument of `assert.rejects`. */
export function hasCode(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isAppError(error, code), `expected ${code}, got ${String(error)} ${isAppError(error) ? error.code : ""}`);
    return true;
  };
}

/** All that a listing yields, ordered by key. */
export async function listed(store: ObjectStore, prefix = ""): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of store.list(prefix)) found.push({ key: info.key, size: info.size });
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Declares the tests every object store and every wrapper must pass: the guarantees of `src/storage/object-store.ts`. */
export function objectStoreSuite(name: string, makeHarness: () => Promise<StoreHarness>): void {
  const scene = (work: (scene: Scene) => Promise<void>) => async (): Promise<void> => {
    const harness = await makeHarness();
    try {
      const store = await harness.connect();
      const other = await harness.connect();
      await work({ store, other });
      await store.close();
      await other.close();
    } finally {
      await harness.dispose();
    }
  };
  describe(`${name} keeps the storage contract`, () => {
    describeCreate(scene);
    describeRead(scene);
    describeList(scene);
    describeRest(scene);
  });
}

type InScene = (work: (scene: Scene) => Promise<void>) => () => Promise<void>;

function describeCreate(scene: InScene): void {
  test(
    "create() joins its parts in order, and another handle reads them back",
    scene(async ({ store, other }) => {
      const parts = [patternBytes(5, 1), new Uint8Array(0), patternBytes(70_000, 2), patternBytes(1, 3)];
      assert.equal(await store.create("packs/ab/one", parts), "created");
      assert.deepEqual(await plain(other.read("packs/ab/one")), plainBytes(concatBytes(parts)));
    }),
  );

  test(
    "create() takes an empty object",
    scene(async ({ store, other }) => {
      assert.equal(await store.create("empty", []), "created");
      assert.equal((await other.read("empty")).length, 0);
      assert.deepEqual(await other.stat("empty"), { key: "empty", size: 0 });
      assert.equal(await other.create("empty", [patternBytes(3)]), "exists");
    }),
  );

  test(
    "create() answers exists and leaves the first object untouched",
    scene(async ({ store, other }) => {
      assert.equal(await store.create("commits/s", [patternBytes(100, 1)]), "created");
      assert.equal(await other.create("commits/s", [patternBytes(200, 2)]), "exists");
      assert.equal(await store.create("commits/s", [patternBytes(100, 1)]), "exists");
      assert.deepEqual(await plain(store.read("commits/s")), plainBytes(patternBytes(100, 1)));
    }),
  );

  test(
    "create() lets exactly one of many concurrent creators win, and its bytes are the object",
    scene(async ({ store, other }) => {
      for (const key of ["race/a", "race/b", "race/c"]) {
        const bodies = Array.from({ length: 24 }, (_, index) => patternBytes(3000 + index, index));
        const outcomes = await Promise.all(bodies.map((body, index) => (index % 2 === 0 ? store : other).create(key, [body])));
        const winners = outcomes.flatMap((outcome, index) => (outcome === "created" ? [index] : []));
        assert.equal(winners.length, 1, `${key}: ${outcomes.join(" ")}`);
        assert.deepEqual(await plain(store.read(key)), plainBytes(bodies[winners[0] ?? -1] ?? new Uint8Array(0)));
      }
      assert.equal((await listed(store)).length, 3);
    }),
  );

  test(
    "create() takes several MiB in many parts without changing them",
    scene(async ({ store, other }) => {
      const parts = Array.from({ length: 1500 }, (_, index) => patternBytes(4096 + (index % 7), index));
      const before = concatBytes(parts).slice();
      assert.equal(await store.create("packs/cd/big", parts), "created");
      assert.deepEqual(plainBytes(concatBytes(parts)), plainBytes(before));
      assert.ok(Buffer.from(await other.read("packs/cd/big")).equals(Buffer.from(before)));
    }),
  );

  test(
    "create() shows readers nothing or the whole object while it runs",
    scene(async ({ store, other }) => {
      const body = patternBytes(4 * MIB, 9);
      const progress = { done: false };
      const creating = store.create("packs/ef/atomic", [body.subarray(0, MIB), body.subarray(MIB)]).finally(() => (progress.done = true));
      while (!progress.done) {
        const info = await other.stat("packs/ef/atomic");
        assert.ok(info === undefined || info.size === body.length, `saw ${info?.size} bytes`);
        for (const seen of await listed(other)) assert.equal(seen.size, body.length);
      }
      assert.equal(await creating, "created");
    }),
  );
}

function describeRead(scene: InScene): void {
  test(
    "read() returns exactly the range asked for",
    scene(async ({ store }) => {
      const body = patternBytes(300_000, 4);
      await store.create("a/b", [body]);
      for (const [offset, length] of [
        [0, 1],
        [0, 300_000],
        [1, 65_536],
        [299_999, 1],
        [123, 200_001],
        [300_000, 0],
        [7, 0],
      ] as const) {
        assert.deepEqual(
          await plain(store.read("a/b", { offset, length })),
          plainBytes(body.subarray(offset, offset + length)),
          `${offset}+${length}`,
        );
      }
    }),
  );

  test(
    "read() is E_CORRUPT when the range ends or starts beyond the object",
    scene(async ({ store }) => {
      await store.create("a", [patternBytes(100)]);
      for (const [offset, length] of [
        [0, 101],
        [99, 2],
        [100, 1],
        [5000, 10],
        [101, 0],
      ] as const) {
        await assert.rejects(store.read("a", { offset, length }), hasCode("E_CORRUPT"), `${offset}+${length}`);
      }
    }),
  );

  test(
    "read() is E_OBJECT_NOT_FOUND when there is no such object, with and without a range",
    scene(async ({ store }) => {
      await store.create("packs/aa/x", [patternBytes(10)]);
      for (const key of ["none", "packs/aa/none", "packs/bb/x", "packs", "packs/aa", "packs/aa/x/y"]) {
        await assert.rejects(store.read(key), hasCode("E_OBJECT_NOT_FOUND"), key);
        await assert.rejects(store.read(key, { offset: 0, length: 1 }), hasCode("E_OBJECT_NOT_FOUND"), key);
      }
    }),
  );

  test(
    "read() serves many readers of one object at once",
    scene(async ({ store }) => {
      const body = patternBytes(200_000, 5);
      await store.create("a", [body]);
      const reads = await Promise.all(Array.from({ length: 32 }, (_, index) => store.read("a", { offset: index * 1000, length: 5000 })));
      reads.forEach((bytes, index) => assert.deepEqual(plainBytes(bytes), plainBytes(body.subarray(index * 1000, index * 1000 + 5000))));
    }),
  );

  test(
    "stat() tells the size, or nothing when there is no object",
    scene(async ({ store }) => {
      await store.create("packs/aa/x", [patternBytes(10), patternBytes(20)]);
      assert.deepEqual(await store.stat("packs/aa/x"), { key: "packs/aa/x", size: 30 });
      for (const key of ["none", "packs", "packs/aa", "packs/bb/x", "packs/aa/x/y"]) assert.equal(await store.stat(key), undefined, key);
    }),
  );
}

function describeList(scene: InScene): void {
  test(
    "list() yields each object under the prefix once, with its size",
    scene(async ({ store, other }) => {
      const keys = ["varve.repo", "keys/1", "packs/aa/1", "packs/aa/2", "packs/ab/1", "packs.old/1", "index/1"];
      for (const [index, key] of keys.entries()) await store.create(key, [patternBytes(index)]);
      const all = keys.map((key, size) => ({ key, size })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
      assert.deepEqual(await listed(other), all);
      assert.deepEqual(
        await listed(other, "packs/"),
        all.filter((info) => info.key.startsWith("packs/")),
      );
      assert.deepEqual(
        await listed(other, "packs/aa/"),
        all.filter((info) => info.key.startsWith("packs/aa/")),
      );
      assert.deepEqual(await listed(other, "none/"), []);
      assert.deepEqual(await listed(other, "varve.repo/"), []);
    }),
  );

  test(
    "list() of an empty store yields nothing",
    scene(async ({ store }) => {
      assert.deepEqual(await listed(store), []);
    }),
  );

  test(
    "list() yields what was there throughout exactly once while others come and go",
    scene(async ({ store, other }) => {
      const stable = Array.from({ length: 40 }, (_, index) => `packs/${index % 4}/stable-${index}`);
      await Promise.all(stable.map((key) => store.create(key, [patternBytes(8)])));
      const seen: string[] = [];
      let turn = 0;
      for await (const { key } of store.list("packs/")) {
        seen.push(key);
        await other.create(`packs/${turn % 4}/new-${turn}`, [patternBytes(8)]);
        if (turn > 0) await other.remove(`packs/${(turn - 1) % 4}/new-${turn - 1}`);
        turn += 1;
      }
      assert.equal(new Set(seen).size, seen.length);
      assert.deepEqual(seen.filter((key) => key.includes("stable")).toSorted(), stable.toSorted());
    }),
  );

  test(
    "list() can be left early and started again",
    scene(async ({ store }) => {
      await Promise.all(["a/1", "a/2", "b/3"].map((key) => store.create(key, [])));
      for await (const _ of store.list("")) break;
      assert.equal((await listed(store)).length, 3);
    }),
  );
}

function describeRest(scene: InScene): void {
  test(
    "remove() takes the object away, and the key can be created anew",
    scene(async ({ store, other }) => {
      await store.create("packs/aa/x", [patternBytes(5, 1)]);
      await other.remove("packs/aa/x");
      assert.equal(await store.stat("packs/aa/x"), undefined);
      await assert.rejects(store.read("packs/aa/x"), hasCode("E_OBJECT_NOT_FOUND"));
      assert.deepEqual(await listed(store), []);
      assert.equal(await store.create("packs/aa/x", [patternBytes(6, 2)]), "created");
      assert.deepEqual(await plain(other.read("packs/aa/x")), plainBytes(patternBytes(6, 2)));
    }),
  );

  test(
    "remove() of a missing object succeeds, many times and at once",
    scene(async ({ store, other }) => {
      await store.create("packs/aa/x", []);
      await store.remove("none");
      await store.remove("packs/bb/none");
      await Promise.all([store.remove("packs/aa/x"), other.remove("packs/aa/x"), store.remove("packs/aa/x")]);
      assert.deepEqual(await listed(store), []);
    }),
  );

  test(
    "every call refuses a key outside the grammar",
    scene(async ({ store }) => {
      for (const key of ["", "/etc", "../x", "a/../b", "a//b", "a/", "UPPER", "a b", "tmp~/x", "k".repeat(201)]) {
        await assert.rejects(store.create(key, []), notAppError, key);
        await assert.rejects(store.read(key), notAppError, key);
        await assert.rejects(store.stat(key), notAppError, key);
        await assert.rejects(store.remove(key), notAppError, key);
      }
      for (const prefix of ["packs", "/", "../", "a//"]) await assert.rejects(listed(store, prefix), notAppError, prefix);
    }),
  );

  test(
    "every call stops with the reason of a signal that was aborted before",
    scene(async ({ store }) => {
      await store.create("a", [patternBytes(4)]);
      const reason = new Error("stop");
      const options = { signal: AbortSignal.abort(reason) };
      const isReason = (error: unknown): boolean => error === reason;
      await assert.rejects(store.create("b", [], options), isReason);
      await assert.rejects(store.read("a", undefined, options), isReason);
      await assert.rejects(store.stat("a", options), isReason);
      await assert.rejects(store.remove("a", options), isReason);
      await assert.rejects(async () => {
        for await (const _ of store.list("", options));
      }, isReason);
      assert.deepEqual(await listed(store), [{ key: "a", size: 4 }]);
    }),
  );

  test(
    "capabilities are sane",
    scene(async ({ store }) => {
      const { description, concurrency, objectBytesMax } = store.capabilities;
      assert.ok(description.length > 0 && !description.includes("\n"));
      assert.ok(concurrency >= 1);
      assert.ok(objectBytesMax >= 256 * MIB, "packs may grow to 256 MiB");
    }),
  );
}

/** A bad key is a defect of ours: a plain error, not one of the store's. */
function notAppError(error: unknown): boolean {
  return error instanceof Error && !isAppError(error);
}

/** Node compares typed arrays by class first, so stores that return a Buffer need one common form. */
function plainBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

async function plain(bytes: Promise<Uint8Array>): Promise<string> {
  return plainBytes(await bytes);
}
