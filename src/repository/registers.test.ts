import assert from "node:assert/strict";
import { test } from "node:test";
import { commitKey } from "../format/object-keys.ts";
import type { CommitRecord } from "../format/records.ts";
import { ManualClock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { RetryStore } from "../storage/retry/retry-store.ts";
import { memoryRepository, openIn } from "../../test/support/memory-repository.ts";
import type { RepositoryContext } from "./context.ts";
import { decide, type Decision, readRegisters } from "./registers.ts";
import { unlessDamaged } from "./unless-damaged.ts";

const SESSION = "5e".repeat(32);
const OTHER = "07".repeat(32);
const SNAPSHOT = "ab".repeat(32);

const committed: CommitRecord = { state: "committed", snapshot: SNAPSHOT, nonce: new Uint8Array(16).fill(1) };
const fenced: CommitRecord = { state: "fenced", by: "prune", nonce: new Uint8Array(16).fill(2) };

async function decisions(context: RepositoryContext, damaged: string[] = []): Promise<readonly Decision[]> {
  const found: Decision[] = [];
  for await (const decision of readRegisters(context, (key) => damaged.push(key))) found.push(decision);
  return found;
}

test("decide() lets the first value stand for ever and tells everybody which it is", async () => {
  const { repository } = await memoryRepository();
  assert.deepEqual(await decide(repository.context, SESSION, fenced), { mine: true, stands: fenced });
  assert.deepEqual(await decide(repository.context, SESSION, committed), { mine: false, stands: fenced });
  assert.deepEqual(await decide(repository.context, SESSION, fenced), { mine: true, stands: fenced });
  assert.deepEqual(await decisions(repository.context), [{ session: SESSION, register: fenced }]);
});

test("decide() has one winner when many decide at once", async () => {
  const { repository } = await memoryRepository();
  const values = Array.from({ length: 8 }, (_, at): CommitRecord => ({
    state: "fenced",
    by: `worker ${at}`,
    nonce: new Uint8Array(16).fill(at),
  }));
  const outcomes = await Promise.all(values.map((value) => decide(repository.context, SESSION, value)));
  assert.equal(outcomes.filter(({ mine }) => mine).length, 1);
  assert.equal(new Set(outcomes.map(({ stands }) => stands.state === "fenced" && stands.by)).size, 1);
});

test("decide() knows its own value again when the store took it and lost the answer", async () => {
  const { objects } = await memoryRepository();
  const clock = new ManualClock();
  const plan = scriptedFaults([{ operation: "create", number: 1, fault: { kind: "fail-after", retryable: true } }]);
  const store = new RetryStore(new FaultStore(new MemoryStore(objects), plan, clock), { clock, random: systemRandom });
  const { context } = await openIn(store);
  assert.deepEqual(await decide(context, SESSION, committed), { mine: true, stands: committed });
  assert.equal((await decisions(context)).length, 1);
});

test("readRegisters() tells of damage and gives the others; a register copied to another session is damage", async () => {
  const { repository, objects } = await memoryRepository();
  await decide(repository.context, SESSION, committed);
  const body = objects.get(commitKey(SESSION));
  assert.ok(body !== undefined);
  objects.set(commitKey(OTHER), body);
  objects.set("commits/notes", Uint8Array.of(1));
  const damaged: string[] = [];
  assert.deepEqual(await decisions(repository.context, damaged), [{ session: SESSION, register: committed }]);
  assert.deepEqual(damaged, [commitKey(OTHER)]);
});

test("readRegisters() throws when the listing breaks: fewer registers would hide snapshots", async () => {
  const { repository, objects } = await memoryRepository();
  await decide(repository.context, SESSION, committed);
  await decide(repository.context, OTHER, fenced);
  const plan = scriptedFaults([
    { operation: "list", prefix: "commits/", fault: { kind: "break-list", afterObjects: 1, retryable: false } },
  ]);
  const { context } = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
  await assert.rejects(decisions(context), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
});

test("unlessDamaged() passes on what is not damage", async () => {
  const refused = (): Promise<never> => Promise.reject(new AppError({ code: "E_STORE_DENIED", what: "denied" }));
  await assert.rejects(
    unlessDamaged({ key: "a", read: refused }, () => assert.fail("no damage")),
    (error) => isAppError(error, "E_STORE_DENIED"),
  );
});
