import assert from "node:assert/strict";
import { test } from "node:test";
import { folderPrefix, REPOSITORY_KEY } from "../format/object-keys.ts";
import { ManualClock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import type { FaultPlan } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { RetryStore } from "../storage/retry/retry-store.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { CHEAP_KDF, initMemory, openIn } from "../../test/support/memory-repository.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { initRepository, initStore, type InitResult } from "./init.ts";
import { openRepository } from "./open.ts";

function init(store: ObjectStore, password?: string): Promise<InitResult> {
  return initStore(store, { password, label: "test", clock: new ManualClock(), random: systemRandom, kdf: CHEAP_KDF, place: "memory" });
}

function slotCount(objects: ReadonlyMap<string, Uint8Array>): number {
  return [...objects.keys()].filter((key) => key.startsWith(folderPrefix("keys"))).length;
}

test("initStore() writes the slots before the file that makes the place a repository", async () => {
  const store = new RecordingStore(new MemoryStore());
  const { recoveryKey } = await init(store, "password");
  assert.equal(typeof recoveryKey, "string");
  assert.deepEqual(store.created("done"), ["keys", REPOSITORY_KEY]);
});

test("initStore() makes a plain slot and no recovery key without a password", async () => {
  const objects = new Map<string, Uint8Array>();
  const { recoveryKey, repositoryId } = await init(new MemoryStore(objects));
  assert.equal(recoveryKey, undefined);
  assert.equal(slotCount(objects), 1);
  const repository = await openIn(new MemoryStore(objects));
  assert.deepEqual([repository.encrypted, repository.id], [false, repositoryId]);
});

test("initStore() leaves an existing repository as it is", async () => {
  const objects = new Map<string, Uint8Array>();
  await init(new MemoryStore(objects), "password");
  const before = [...objects];
  await assert.rejects(init(new MemoryStore(objects), "other"), (error) => isAppError(error, "E_REPO_EXISTS"));
  assert.deepEqual([...objects], before);
});

test("initStore() has one winner when several race, and the losers leave no slots behind", async () => {
  for (let round = 0; round < 5; round += 1) {
    const objects = new Map<string, Uint8Array>();
    const passwords = ["a", "b", "c"];
    const outcomes = await Promise.allSettled(passwords.map((password) => init(new MemoryStore(objects), password)));
    const won = outcomes.flatMap((outcome, at) => (outcome.status === "fulfilled" ? [at] : []));
    assert.equal(won.length, 1);
    for (const outcome of outcomes) if (outcome.status === "rejected") assert.ok(isAppError(outcome.reason, "E_REPO_EXISTS"));
    assert.equal(slotCount(objects), 2);
    await openIn(new MemoryStore(objects), { secret: { password: passwords[won[0] ?? 0] ?? "" } });
  }
});

test("initStore() says that a repository exists even when the loser may not remove its slots", async () => {
  class CreateOnly extends MemoryStore {
    override stat(): Promise<undefined> {
      return Promise.resolve(undefined);
    }
    override remove(): Promise<void> {
      return Promise.reject(new AppError({ code: "E_STORE_DENIED", what: "may not remove" }));
    }
  }
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects, { password: "winner" });
  await assert.rejects(init(new CreateOnly(objects), "loser"), (error) => isAppError(error, "E_REPO_EXISTS"));
  assert.equal((await openIn(new MemoryStore(objects), { secret: { password: "winner" } })).encrypted, true);
  await assert.rejects(openIn(new MemoryStore(objects), { secret: { password: "loser" } }), (error) => isAppError(error, "E_PASSWORD"));
});

test("initStore() can be run again after it stopped at any call, and leaves slots that nobody stumbles over", async () => {
  for (let stopAt = 1; ; stopAt += 1) {
    const objects = new Map<string, Uint8Array>();
    let calls = 0;
    const plan: FaultPlan = () => ((calls += 1) >= stopAt ? { kind: "fail-before", retryable: false } : undefined);
    const stopped = await init(new FaultStore(new MemoryStore(objects), plan, new ManualClock()), "early").then(
      () => false,
      () => true,
    );
    if (!stopped) break;
    await init(new MemoryStore(objects), "late");
    const repository = await openIn(new MemoryStore(objects), { secret: { password: "late" } });
    assert.equal((await repository.keys.list()).length, 2);
    await assert.rejects(openIn(new MemoryStore(objects), { secret: { password: "early" } }), (error) => isAppError(error, "E_PASSWORD"));
    assert.ok(stopAt < 20);
  }
});

test("initStore() gives its recovery key although every answer is lost once", async () => {
  const objects = new Map<string, Uint8Array>();
  const lost = new Set<string>();
  const plan: FaultPlan = ({ operation, key }) =>
    operation === "create" && lost.size < lost.add(key).size ? { kind: "fail-after", retryable: true } : undefined;
  const clock = new ManualClock();
  const { recoveryKey = "" } = await init(
    new RetryStore(new FaultStore(new MemoryStore(objects), plan, clock), { clock, random: systemRandom }),
    "password",
  );
  await openIn(new MemoryStore(objects), { secret: { recoveryKey } });
  assert.equal(lost.size, 3);
});

test("initRepository() makes the folder, and openRepository() opens what is in it", async () => {
  await using folder = await tempFolder("init");
  const spec = { kind: "local", path: `${folder.path}/new/repo` } as const;
  const common = { spec, clock: new ManualClock(), random: systemRandom };
  const { repositoryId } = await initRepository({ ...common, password: "password", label: "test", kdf: CHEAP_KDF });
  const repository = await openRepository({ ...common, secret: { password: "password" }, cacheDirectory: undefined, kdfFloor: CHEAP_KDF });
  assert.equal(repository.id, repositoryId);
  await repository.close();
});
