import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { BackupRequest } from "../../archiver/face.ts";
import type { FakeWorld } from "../fake-context.ts";
import { BACKUP_SUMMARY, FAKE_REPOSITORY_ID, fakeRepository } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";
import type { OpenRequest } from "../services.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-backup-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "docs"));
writeFileSync(join(folder, "skip"), "*.tmp\n# remark\n!keep.tmp\n");
writeFileSync(
  join(folder, "varve.yaml"),
  `repository: "@main"
threads: 7
repositories:
  main: { location: /repo-main, password: { env: MAIN_PASSWORD } }
  other: { location: "az://account/box", environment: { AZURE_STORAGE_KEY: { env: OTHER_KEY } } }
jobs:
  nightly: { sources: [docs, /etc], repository: "@other", tags: [night], exclude: ["*.bak"], exclude-file: [skip], exclude-caches: true, exclude-larger-than: 1MiB }
  docs: { sources: [/never] }
`,
);

interface Seen {
  request: BackupRequest;
  catalogPath: string | undefined;
  open: OpenRequest;
}

/** A world in which backup succeeds and what it was asked for is seen. */
function world(
  argv: readonly string[],
  options: { env?: Record<string, string>; issues?: number } = {},
): { world: FakeWorld; seen: Partial<Seen>; calls: string[] } {
  const seen: Partial<Seen> = {};
  const { repository, calls } = fakeRepository();
  return {
    seen,
    calls,
    world: {
      argv: ["backup", ...argv],
      env: { MAIN_PASSWORD: "pw", ...options.env },
      cwd: folder,
      repositories: { open: async (open) => ((seen.open = open), repository) },
      operations: {
        backup: async (_repository, request, { catalogPath }) => (
          Object.assign(seen, { request, catalogPath }),
          { ...BACKUP_SUMMARY, issues: options.issues ?? 0 }
        ),
      },
    },
  };
}

test("backup makes paths absolute and fills in the defaults of this machine", async () => {
  const { world: given, seen, calls } = world(["docs", "../x", "/a/b/"]);
  assert.equal((await runFake(given)).code, 0);
  assert.deepEqual(seen.request, {
    sources: [join(folder, "docs"), join(tmpdir(), "x"), "/a/b"],
    noShareSnapshot: false,
    allowEmpty: false,
    exclude: { patterns: [], includes: [], caches: false, ifPresent: [], oneFileSystem: false, largerThanBytes: undefined },
    tags: [],
    host: "testhost",
    user: "ann",
    dryRun: false,
    rereadAll: false,
    threads: 7,
    compressionLevel: 2,
  });
  assert.equal(seen.catalogPath, `/nowhere/home/.cache/varve/${FAKE_REPOSITORY_ID}/catalog.sqlite`);
  assert.equal(seen.open?.cacheDirectory, "/nowhere/home/.cache/varve");
  assert.deepEqual(calls, ["close"]);
});

test("backup passes every flag on", async () => {
  const flags =
    "--tag a --tag b --host h --exclude x --exclude-file skip --include y --exclude-caches --exclude-if-present .no --one-file-system --exclude-larger-than 2K -n --force --threads 0 --compression 9";
  const { world: given, seen } = world(["docs", ...flags.split(" "), "--catalog", "c.db", "--no-cache"]);
  await runFake(given);
  assert.deepEqual(seen.request?.exclude, {
    patterns: ["*.tmp", "# remark", "!keep.tmp", "", "x"],
    includes: ["y"],
    caches: true,
    ifPresent: [".no"],
    oneFileSystem: true,
    largerThanBytes: 2048,
  });
  const { tags, host, dryRun, rereadAll, threads, compressionLevel } = seen.request ?? assert.fail();
  assert.deepEqual([tags, host, dryRun, rereadAll, threads, compressionLevel], [["a", "b"], "h", true, true, 0, 9]);
  assert.equal(seen.catalogPath, join(folder, "c.db"));
  assert.equal(seen.open?.cacheDirectory, undefined);
});

test("backup keeps no catalog with --catalog none or --no-cache", async () => {
  for (const flags of [["--catalog", "none"], ["--no-cache"]]) {
    const { world: given, seen } = world(["docs", ...flags]);
    await runFake(given);
    assert.ok("catalogPath" in seen && seen.catalogPath === undefined);
  }
});

test("backup runs a job of the configuration with its repository, its credentials and its settings", async () => {
  const { world: given, seen } = world(["nightly", "--exclude", "*.iso"], { env: { OTHER_KEY: "k3y" } });
  assert.equal((await runFake(given)).code, 0);
  assert.deepEqual(seen.request?.sources, [join(folder, "docs"), "/etc"]);
  assert.deepEqual([seen.request?.tags, seen.request?.threads, seen.request?.exclude.largerThanBytes], [["night"], 7, 1024 * 1024]);
  // The flag wins over the job's own list; the file of patterns is another flag and stays.
  assert.deepEqual(seen.request?.exclude.patterns, ["*.tmp", "# remark", "!keep.tmp", "", "*.iso"]);
  assert.equal(seen.open?.place.location, "az://account/box");
  assert.equal(seen.open?.place.env["AZURE_STORAGE_KEY"], "k3y");
});

test("backup prefers a path over a job of the same name", async () => {
  const { world: given, seen } = world(["docs"]);
  await runFake(given);
  assert.deepEqual(seen.request?.sources, [join(folder, "docs")]);
});

test("backup opens a share with the source's credentials, from a file where one is named", async () => {
  const key = Buffer.alloc(64, 1).toString("base64");
  const secret = join(folder, "share-key");
  writeFileSync(secret, `${key}\n`);
  const { world: given, seen } = world(["azfiles://acct/projects/2024", "--no-share-snapshot", "--allow-empty"]);
  assert.equal((await runFake({ ...given, env: { ...given.env, VARVE_SOURCE_KEY_FILE: secret } })).code, 0);
  assert.equal(seen.request?.noShareSnapshot, true);
  assert.equal(seen.request?.allowEmpty, true);
  const [source] = seen.request?.sources ?? [];
  assert.ok(typeof source === "object");
  assert.deepEqual([source.account, source.share, source.path, source.credential], ["acct", "projects", "2024", { kind: "key", key }]);
});

test("backup refuses a misspelt job, a share it cannot read, an empty path, and an exclude file that is missing", async () => {
  for (const [argv, hint] of [
    [["nigthly"], /varve backup nightly/],
    [["azfiles://a/s"], /azfiles:\/\/account\/share\/path/],
    [["smb://server/share"], /mount it/],
    [["docs", ""], /the current one is \./],
    [["docs", "--exclude-file", "none"], /--exclude-file/],
  ] as const) {
    const { code, stderr } = await runFake(world([...argv]).world);
    assert.equal(code, 2);
    assert.match(stderr, hint);
  }
});

test("backup prints a summary, or only the id when quiet", async () => {
  const { stdout, stderr } = await runFake(world(["docs"]).world);
  assert.match(
    stdout,
    /^snapshot bbbbbbbb saved: 10 files, 6 folders, 6\.8 KiB\nfiles: {2}1 new, 2 changed, 4 moved, 5 removed, 3 unmodified\ndata: .* in 1:01\n$/,
  );
  assert.equal(stderr, "");
  assert.equal((await runFake(world(["docs", "-q"]).world)).stdout, `${BACKUP_SUMMARY.snapshot}\n`);
  assert.match((await runFake(world(["docs", "-n"]).world)).stdout, /^dry run, nothing saved/);
});

test("backup ends with 3 after committing when items are missing", async () => {
  const { code, stdout, stderr } = await runFake(world(["docs"], { issues: 2 }).world);
  assert.equal(code, 3);
  assert.match(stdout, /snapshot bbbbbbbb saved/);
  assert.match(stderr, /2 items could not be saved in full \[E_INCOMPLETE\]/);
  const events = await eventsOf(world(["docs"], { issues: 2 }).world);
  assert.deepEqual(
    events.map((event) => event.message_type),
    ["summary", "exit_error"],
  );
});

test("backup writes its summary as an event", async () => {
  const [event] = await eventsOf(world(["docs"]).world);
  assert.ok(event?.message_type === "summary" && event.command === "backup");
  assert.deepEqual([event.files_moved, event.total_bytes, event.duration_seconds, event.dry_run], [4, 7000, 61, false]);
});
