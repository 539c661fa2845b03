import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BackupFixture, type BackupOptions, type BackupResult } from "../../test/support/backup-fixture.ts";
import { type EmulatedShare, emulatedShare, faults } from "../../test/support/emulated-share.ts";
import { fastClock } from "../../test/support/fast-clock.ts";
import { shareSas } from "../../test/support/share-sas.ts";
import { fileIn, fillShare } from "../../test/support/share-tree.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";

const TREE = {
  "a/one.txt": "one",
  "a/b/two.bin": seededRandom(2).bytes(300_000),
  "a/b/c/three.txt": "three",
  "large.bin": seededRandom(3).bytes(5_000_000),
};

function expected(): Record<string, string> {
  const files = Object.entries(TREE).map(([path, content]) => [path, Buffer.from(content).toString("latin1")]);
  return Object.fromEntries(
    [...files, ["a/", ""], ["a/b/", ""], ["a/b/c/", ""]].toSorted(([x = ""], [y = ""]) => (x < y ? -1 : 1)),
  ) as Record<string, string>;
}

function backup(fixture: BackupFixture, spec: ShareSpec, options: BackupOptions = {}): Promise<BackupResult> {
  return fixture.backup({ clock: fastClock(100), ...options, request: { sources: [spec], ...options.request } });
}

/** A backup that must fail with this code; everything it says. */
async function refused(work: Promise<unknown>, code: ErrorCode): Promise<string> {
  let said = "";
  await assert.rejects(work, (error) => {
    assert.ok(isAppError(error, code), String(error instanceof Error ? error.stack : error));
    said = [error.what, error.why, error.hint].join("\n");
    return true;
  });
  return said;
}

async function snapshotsOf({ service }: EmulatedShare): Promise<string[]> {
  const names: string[] = [];
  for await (const item of service.listShares({ includeSnapshots: true })) if (item.snapshot !== undefined) names.push(item.snapshot);
  return names;
}

describe("runBackup() of a share in trouble", () => {
  for (const kind of ["reset", "truncate", "shorten"] as const) {
    test(`asks again for bodies that end early (${kind}), and saves what is there`, async () => {
      await using shared = await emulatedShare();
      await using fixture = await BackupFixture.create();
      await fillShare(shared.share, TREE);
      const operations = ["GetFile", "ListDirectoriesAndFiles"] as const;
      shared.emulator.faults.set(faults({ seed: 4, cuts: [{ kind, operations: [...operations], rate: 0.4, timesMax: undefined }] }));
      const { issues } = await backup(fixture, shared.spec);
      assert.deepEqual(issues, []);
      assert.deepEqual(await fixture.saved(), expected());
    });
  }

  test("waits while the share throttles, says so, and finishes", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, TREE);
    shared.emulator.faults.set(
      faults({
        throttle: { requestsPerSecond: 20, bytesPerSecond: undefined, burstSeconds: 0.1, status: 429 },
      }),
    );
    const { issues, notes } = await backup(fixture, shared.spec);
    assert.deepEqual(issues, []);
    assert.ok(
      notes.some((note) => /throttles/.test(note)),
      notes.join(),
    );
    assert.deepEqual(await fixture.saved(), expected());
  });

  test("commits nothing when one page of a listing cannot be had, and names it", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, TREE);
    shared.emulator.faults.set(
      faults({
        cuts: [{ kind: "shorten", operations: ["ListDirectoriesAndFiles"], rate: 1, timesMax: undefined }],
      }),
    );
    assert.match(await refused(backup(fixture, shared.spec), "E_SOURCE_READ"), /cannot list the root/);
    shared.emulator.faults.set(faults({}));
    await assert.rejects(fixture.saved(), (error) => isAppError(error, "E_NOT_FOUND"));
    assert.deepEqual(await snapshotsOf(shared), [], "its share snapshot is gone again");
  });

  test("commits nothing when the share is deleted in mid-run", async () => {
    const hooks: { onGet: () => unknown } = { onGet: () => undefined };
    await using shared = await emulatedShare({ onRequest: ({ operation }) => operation === "GetFile" && hooks.onGet() });
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, TREE);
    let deleted: Promise<unknown> | undefined;
    hooks.onGet = () => (deleted ??= shared.share.delete({ deleteSnapshots: "include-leased" }));
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`many/${at}`, `content ${at}`]));
    await fillShare(shared.share, many);
    const said = await refused(backup(fixture, shared.spec), "E_SHARE_UNAVAILABLE");
    await deleted;
    assert.match(said, /deleted while it was used/);
    await assert.rejects(fixture.saved(), (error) => isAppError(error, "E_NOT_FOUND"));
  });

  test("says what is wrong with a key, a SAS, and a name", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, TREE);
    const { spec, emulator } = shared;
    const key = Buffer.alloc(64, 7).toString("base64");
    assert.match(await refused(backup(fixture, { ...spec, credential: { kind: "key", key } }), "E_SHARE_DENIED"), /check VARVE_SOURCE_KEY/);
    const sas = (permissions: string, hours?: number): ShareSpec => ({
      ...spec,
      credential: { kind: "sas", sas: shareSas(emulator, permissions, hours) },
    });
    const denied = async (lacking: ShareSpec): Promise<string> => {
      const said = await refused(backup(fixture, lacking), "E_SHARE_DENIED");
      assert.doesNotMatch(said, /sig=|%2B/);
      return said;
    };
    assert.match(await denied(sas("rcwdl", -1)), /the SAS expired at/);
    assert.match(await denied(sas("rcwd")), /lacks the permission to list \(l\)/);
    assert.match(await denied(sas("lcwd")), /lacks the permission to read \(r\)/);
    assert.match(await denied(sas("rl")), /lacks the permission to create \(c\)/);
    const { issues } = await backup(fixture, sas("rl"), { request: { noShareSnapshot: true } });
    assert.deepEqual(issues, []);
    assert.match(await refused(backup(fixture, { ...spec, share: "missing" }), "E_SOURCE_MISSING"), /check account, share and path/);
    assert.match(
      await refused(backup(fixture, { ...spec, path: "a/nowhere" }), "E_SOURCE_MISSING"),
      /azfiles:\/\/devstoreaccount1\/projects\/a\/nowhere/,
    );
  });

  test("refuses a root that is suddenly empty, unless that is allowed", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, { "only.txt": "only" });
    await backup(fixture, shared.spec);
    await fileIn(shared.share, "only.txt").delete();
    assert.match(await refused(backup(fixture, shared.spec), "E_SOURCE_EMPTY"), /--allow-empty/);
    const { summary } = await backup(fixture, shared.spec, { request: { allowEmpty: true } });
    assert.equal(summary.filesRemoved, 1);
  });
});

describe("runBackup() and share snapshots", () => {
  test("keeps one as the base, deletes its older ones, and leaves those of others alone", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, TREE);
    const { snapshot: foreign } = await shared.share.createSnapshot({ metadata: { varve: "somebody-else" } });
    await backup(fixture, shared.spec);
    const [, first] = await snapshotsOf(shared);
    await backup(fixture, shared.spec);
    const after = await snapshotsOf(shared);
    assert.equal(after.length, 2);
    assert.equal(after[0], foreign);
    assert.notEqual(after[1], first);
    const base = await fixture.look(async (_, { manifest }) => manifest.sources[0]?.shareSnapshot);
    assert.equal(base, after[1]);
  });

  test("cleans up what a killed run left, and makes room when there are 200", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, { "a.txt": "a" });
    await backup(fixture, shared.spec);
    const [base = ""] = await snapshotsOf(shared);
    const { metadata } = await shared.service.getShareClient("projects").withSnapshot(base).getProperties();
    for (let made = 1; made < 200; made += 1) await shared.share.createSnapshot({ metadata: metadata ?? {} });
    await fileIn(shared.share, "a.txt").uploadRange("b", 0, 1);
    await backup(fixture, shared.spec);
    assert.equal((await snapshotsOf(shared)).length, 1);
    assert.deepEqual(await fixture.saved(), { "a.txt": "b" });
  });

  test("says that there are 200 snapshots of others, and reads the share as it is when told to", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, { "a.txt": "a" });
    for (let made = 0; made < 200; made += 1) await shared.share.createSnapshot();
    assert.match(await refused(backup(fixture, shared.spec), "E_SHARE"), /200 share snapshots.*\n.*--no-share-snapshot/);
    await backup(fixture, shared.spec, { request: { noShareSnapshot: true } });
    assert.deepEqual(await fixture.saved(), { "a.txt": "a" });
  });

  test("deletes the snapshot of a run that fails", async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, { "a.txt": "a" });
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await assert.rejects(backup(fixture, shared.spec, { signal: stop.signal }));
    assert.deepEqual(await snapshotsOf(shared), []);
  });
});

describe("runBackup() of a share without a share snapshot", () => {
  test("saves a file that changes between its listing and its reading as it then is, and knows it the next time", async () => {
    const hooks: { onList: () => unknown } = { onList: () => undefined };
    await using shared = await emulatedShare({ onRequest: ({ operation }) => operation === "ListDirectoriesAndFiles" && hooks.onList() });
    await using fixture = await BackupFixture.create();
    await fillShare(shared.share, { "small.txt": "before", "large.bin": seededRandom(3).bytes(9_000_000) });
    const large = seededRandom(4).bytes(9_500_000);
    let changed: Promise<unknown> | undefined;
    hooks.onList = () => (changed ??= fillShare(shared.share, { "small.txt": "after, and longer", "large.bin": large }));
    const options = { request: { noShareSnapshot: true } };
    const first = await backup(fixture, shared.spec, options);
    await changed;
    assert.deepEqual(
      first.issues.filter(({ code }) => code !== "E_SOURCE_CHANGED"),
      [],
    );
    hooks.onList = () => undefined;
    await backup(fixture, shared.spec, options);
    assert.deepEqual(await fixture.saved(), { "large.bin": Buffer.from(large).toString("latin1"), "small.txt": "after, and longer" });
    const { summary } = await backup(fixture, shared.spec, options);
    assert.equal(summary.filesUnmodified, 2);
    assert.deepEqual(await snapshotsOf(shared), []);
  });
});
