import assert from "node:assert/strict";
import { test } from "node:test";
import { commitKey, forgetKey, snapshotKey } from "../format/object-keys.ts";
import { ManualClock } from "../shared/clock.ts";
import { isAppError } from "../shared/errors.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { memoryRepository, openIn } from "../../test/support/memory-repository.ts";
import { manifestOf } from "../../test/support/thin-backup.ts";
import type { Snapshot } from "./face.ts";
import type { OpenRepository } from "./repository.ts";
import { Session } from "./session.ts";
import { filterSnapshots, pickSnapshot } from "./snapshots.ts";

/** Commits a snapshot without content. */
async function commit(repository: OpenRepository, tag: string, startedNs: bigint): Promise<string> {
  const session = await Session.announce(repository.context, { host: "host", program: "test" });
  return await session.commit(manifestOf(fileEntry("root"), { tags: [tag], host: `host of ${tag}`, startedNs }));
}

function snapshot(id: string, startedNs = 0n): Snapshot {
  return { id: id.padEnd(64, "0"), session: "", manifest: manifestOf(fileEntry("root"), { tags: [id], host: id, startedNs }) };
}

test("readSnapshots() gives committed snapshots only, oldest first", async () => {
  const { repository, objects } = await memoryRepository();
  const young = await commit(repository, "young", 30n);
  const old = await commit(repository, "old", 10n);
  const forgotten = await commit(repository, "forgotten", 20n);
  await Session.announce(repository.context, { host: "open", program: "test" });
  const closed = await Session.announce(repository.context, { host: "closed", program: "test" });
  await closed.abandon();
  objects.set(forgetKey(forgotten), Uint8Array.of(1));
  assert.deepEqual(
    (await repository.snapshots()).map(({ id }) => id),
    [old, young],
  );
});

test("readSnapshots() shows no manifest whose session never decided", async () => {
  const { repository, objects } = await memoryRepository();
  const id = await commit(repository, "a", 1n);
  const [{ session } = { session: "" }] = await repository.snapshots();
  objects.delete(commitKey(session));
  assert.ok(objects.has(snapshotKey(id)));
  assert.deepEqual(await repository.snapshots(), []);
});

test("readSnapshots() tells of a missing, a damaged and a swapped manifest, and gives the others", async () => {
  const { repository, objects } = await memoryRepository();
  const [bad, good] = [await commit(repository, "bad", 1n), await commit(repository, "good", 2n)];
  const [badBody, goodBody] = [objects.get(snapshotKey(bad)), objects.get(snapshotKey(good))];
  assert.ok(badBody !== undefined && goodBody !== undefined);
  for (const body of [undefined, badBody.subarray(0, badBody.length - 1), badBody.with(130, 0xff ^ (badBody[130] ?? 0)), goodBody]) {
    if (body === undefined) objects.delete(snapshotKey(bad));
    else objects.set(snapshotKey(bad), body);
    const fresh = await openIn(new MemoryStore(objects));
    assert.deepEqual(
      (await fresh.snapshots()).map(({ id }) => id),
      [good],
    );
    assert.deepEqual([...fresh.damage.keys()], [snapshotKey(bad)]);
  }
});

test("readSnapshots() throws when a listing fails or breaks: that never means there are no snapshots", async () => {
  const { repository, objects } = await memoryRepository();
  await commit(repository, "a", 1n);
  await commit(repository, "b", 2n);
  for (const prefix of ["commits/", "forgets/"]) {
    for (const fault of [
      { kind: "fail-before" },
      { kind: "break-list", afterObjects: 0 },
      { kind: "break-list", afterObjects: 1 },
    ] as const) {
      const faulty = await openIn(
        new FaultStore(new MemoryStore(objects), scriptedFaults([{ operation: "list", prefix, fault }]), new ManualClock()),
      );
      await assert.rejects(faulty.snapshots(), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
    }
  }
});

test("readSnapshots() throws when the store does not answer for a register or a manifest", async () => {
  const { repository, objects } = await memoryRepository();
  await commit(repository, "a", 1n);
  for (const prefix of ["commits/", "snapshots/"]) {
    const plan = scriptedFaults([{ operation: "read", prefix, fault: { kind: "fail-before" } }]);
    const faulty = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
    await assert.rejects(faulty.snapshots(), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
  }
});

test("pickSnapshot() takes a full id, a unique prefix, latest and latest~N", () => {
  const all = [snapshot("aaaa1"), snapshot("aaaa2"), snapshot("bbbb3")];
  const [first, second, third] = all;
  assert.equal(pickSnapshot(all, "aaaa2"), second);
  assert.equal(pickSnapshot(all, "bbbb"), third);
  assert.equal(pickSnapshot(all, "aaaa1".padEnd(64, "0")), first);
  assert.equal(pickSnapshot(all, "latest"), third);
  assert.equal(pickSnapshot(all, "latest~0"), third);
  assert.equal(pickSnapshot(all, "latest~2"), first);
});

test("pickSnapshot() refuses what names several or none", () => {
  const all = [snapshot("aaaa1"), snapshot("aaaa2")];
  assert.throws(
    () => pickSnapshot(all, "aaaa"),
    (error) => isAppError(error, "E_USAGE") && error.why.includes("aaaa1"),
  );
  for (const text of ["latest~2", "latest~x", "LATEST", "aaa", "", "cccc", "AAAA1", "zzzz"]) {
    assert.throws(
      () => pickSnapshot(all, text),
      (error) => isAppError(error, "E_NOT_FOUND"),
      text,
    );
  }
  assert.throws(
    () => pickSnapshot([], "latest"),
    (error) => isAppError(error, "E_NOT_FOUND") && error.why === "no snapshot matches",
  );
});

test("filterSnapshots() wants every given part to fit", () => {
  const all = [snapshot("one"), snapshot("two")];
  assert.deepEqual(filterSnapshots(all, {}), all);
  assert.deepEqual(filterSnapshots(all, { host: "two" }), [all[1]]);
  assert.deepEqual(filterSnapshots(all, { tag: "one", path: "/tree" }), [all[0]]);
  assert.deepEqual(filterSnapshots(all, { tag: "one", host: "two" }), []);
  assert.deepEqual(filterSnapshots(all, { path: "/tre" }), []);
});
