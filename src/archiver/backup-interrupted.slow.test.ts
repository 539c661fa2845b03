import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BackupFixture, digestsOf } from "../../test/support/backup-fixture.ts";
import { initMemory, openIn } from "../../test/support/memory-repository.ts";
import { ManualClock, systemClock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom, systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { silentReporter } from "../telemetry/events.ts";
import { runBackup } from "./backup.ts";

const MIB = 1024 * 1024;

/** Twenty files of incompressible content. */
function bulk(bytesEach: number): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`dir${at % 3}/file${at}`, seededRandom(at).bytes(bytesEach)]));
}

/** Fails every create under the prefix from its nth on, as a full or dead store does. */
function failing(prefix: string, from: number): (store: ObjectStore) => ObjectStore {
  let met = 0;
  return (store) =>
    new FaultStore(
      store,
      ({ operation, key }) => {
        if (operation !== "create" || !key.startsWith(prefix)) return undefined;
        met += 1;
        return met >= from ? { kind: "fail-before", code: "E_STORE_FULL" } : undefined;
      },
      new ManualClock(),
    );
}

async function sound(fixture: BackupFixture): Promise<void> {
  assert.deepEqual(await fixture.saved(), fixture.content());
  assert.deepEqual((await fixture.check()).findings, []);
}

test("runBackup() after a run that died uses the packs that it had sent", async () => {
  await using fixture = await BackupFixture.create(bulk(2 * MIB));
  await assert.rejects(fixture.backup({ wrap: failing("packs/", 2) }), (error) => isAppError(error, "E_STORE_FULL"));
  const { summary } = await fixture.backup();
  assert.ok(summary.readBytes === 40 * MIB && summary.addedBytes < 10 * MIB, `stored ${summary.addedBytes} again`);
  await sound(fixture);
});

for (const folder of ["index/", "snapshots/", "commits/"]) {
  test(`runBackup() after a run that died before it created ${folder} stores next to nothing again`, async () => {
    await using fixture = await BackupFixture.create({ a: seededRandom(1).bytes(MIB), "sub/b": "beta" });
    await assert.rejects(fixture.backup({ wrap: failing(folder, 1) }), (error) => isAppError(error, "E_STORE_FULL"));
    await assert.rejects(fixture.saved(), (error) => isAppError(error, "E_NOT_FOUND"));
    const { summary } = await fixture.backup();
    assert.deepEqual([summary.readBytes, summary.addedBytes], [MIB + 4, 0]);
    // Only the access times of directories make pages new.
    assert.ok(summary.storedBytes < 1000, `stored ${summary.storedBytes}`);
    await sound(fixture);
  });
}

test("runBackup() fails as the store does, whichever of its calls fails, and the next run works", async () => {
  await using fixture = await BackupFixture.create({ a: "alpha", "sub/b": "beta" });
  await fixture.backup();
  fixture.write("a", "changed");
  const fault = { kind: "fail-before", code: "E_STORE_DENIED" } as const;
  for (let number = 1; ; number += 1) {
    let failed = false;
    const plan: ConstructorParameters<typeof FaultStore>[1] = (call) => {
      failed ||= call.operation === "create" && call.number === number;
      return scriptedFaults([{ operation: "create", number, fault }])(call);
    };
    const running = fixture.backup({ wrap: (store) => new FaultStore(store, plan, new ManualClock()) });
    await running.catch((error: unknown) => assert.ok(isAppError(error, "E_STORE_DENIED"), String(error)));
    if (!failed) break;
    assert.ok(number < 20, "a backup makes few objects");
    await fixture.backup();
    fixture.write("a", `changed again ${number}`);
  }
  await sound(fixture);
});

test("runBackup() that is aborted throws the reason, stops soon, and leaves a repository where the next run works", async () => {
  for (const threads of [0, 2]) {
    await using fixture = await BackupFixture.create(bulk(MIB));
    const controller = new AbortController();
    const reason = new AppError({ code: "E_ABORTED", what: "interrupted" });
    let items = 0;
    const onItem = (): void => {
      items += 1;
      controller.abort(reason);
    };
    await assert.rejects(fixture.backup({ signal: controller.signal, onItem, request: { threads } }), (error) => error === reason);
    assert.ok(items < 20, `${items} files were handled`);
    assert.equal(readdirSync(join(fixture.repositoryPath, "commits")).length, 1, "the session is closed");
    await fixture.backup({ request: { threads } });
    await sound(fixture);
  }
});

test("runBackup() that is aborted before it begins writes no snapshot", async () => {
  await using fixture = await BackupFixture.create({ a: "1" });
  await assert.rejects(fixture.backup({ signal: AbortSignal.abort(new AppError({ code: "E_ABORTED", what: "interrupted" })) }), (error) =>
    isAppError(error, "E_ABORTED"),
  );
  await assert.rejects(fixture.saved(), (error) => isAppError(error, "E_NOT_FOUND"));
});

test("runBackup() twice at the same time into one repository commits both, and both are whole", async () => {
  await using fixture = await BackupFixture.create({ "shared/a": seededRandom(1).bytes(MIB), "shared/b": "b" });
  const second = `${fixture.folder.path}/second.sqlite`;
  const [one, two] = await Promise.all([
    fixture.backup({ request: { threads: 1 } }),
    fixture.backup({ request: { host: "other" }, catalogPath: second }),
  ]);
  assert.notEqual(one.summary.snapshot, two.summary.snapshot);
  await sound(fixture);
  const repository = await fixture.open();
  assert.equal((await repository.snapshots()).length, 2);
  await repository.close();
});

test("runBackup() twice at the same time with one catalog commits both, and the catalog keeps one whole tree", async () => {
  await using fixture = await BackupFixture.create({ a: "1", "sub/b": "2" });
  await fixture.backup();
  fixture.write("sub/b", "changed");
  const results = await Promise.all([fixture.backup(), fixture.backup()]);
  assert.equal(new Set(results.map(({ summary }) => summary.snapshot)).size, 2);
  fixture.write("c", "3");
  const { summary } = await fixture.backup();
  assert.deepEqual([summary.filesNew, summary.filesUnmodified, summary.filesRemoved], [1, 2, 0]);
  await sound(fixture);
});

test("runBackup() as a dry run compares, and writes nothing at all", async () => {
  await using fixture = await BackupFixture.create({ a: "1", "sub/b": "2", "sub/c": "3" });
  const empty = digestsOf(fixture.folder.path);
  const first = await fixture.backup({ request: { dryRun: true } });
  assert.deepEqual([first.summary.filesNew, first.summary.snapshot, first.summary.readBytes], [3, "", 0]);
  assert.deepEqual(digestsOf(fixture.folder.path), empty);
  await fixture.backup();
  fixture.write("sub/b", "changed");
  fixture.write("d", "new");
  const before = digestsOf(fixture.folder.path);
  const second = await fixture.backup({ request: { dryRun: true, threads: 2 } });
  assert.deepEqual(second.items, ["changed sub/b", "new d", "unmodified a", "unmodified sub/c"]);
  assert.deepEqual([second.summary.filesChanged, second.summary.readBytes, second.summary.storedBytes], [1, 0, 0]);
  assert.deepEqual(digestsOf(fixture.folder.path), before);
  const real = await fixture.backup();
  assert.deepEqual(real.items, second.items);
});

test("runBackup() works on a store that can only create and read", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const repository = await openIn(
    new FaultStore(
      new MemoryStore(objects),
      ({ operation }) => (operation === "remove" ? { kind: "fail-before" } : undefined),
      new ManualClock(),
    ),
  );
  await using fixture = await BackupFixture.create({ a: "1" });
  const options = {
    repository,
    catalogPath: undefined,
    reporter: silentReporter(),
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  };
  const { snapshot } = await runBackup({ ...options, request: fixture.request() });
  assert.ok(objects.has(`snapshots/${snapshot}`));
});
