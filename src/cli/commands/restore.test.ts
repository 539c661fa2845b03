import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { RestoreRequest } from "../../restorer/face.ts";
import type { FakeWorld } from "../fake-context.ts";
import { RESTORE_SUMMARY, fakeRepository } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-restore-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "empty"));
mkdirSync(join(folder, "full"));
writeFileSync(join(folder, "full/file"), "x");

function world(
  argv: readonly string[],
  options: Partial<FakeWorld> & { issues?: number } = {},
): { world: FakeWorld; requests: RestoreRequest[] } {
  const requests: RestoreRequest[] = [];
  const { issues = 0, ...rest } = options;
  return {
    requests,
    world: {
      argv: ["restore", ...argv, "--repo", "r"],
      cwd: folder,
      repositories: { open: async () => fakeRepository().repository },
      operations: { restore: async (_repository, request) => (requests.push(request), { ...RESTORE_SUMMARY, issues }) },
      ...rest,
    },
  };
}

test("restore passes place, target and defaults on", async () => {
  const { world: given, requests } = world(["latest:/home/ann/", "--to", "out"]);
  assert.equal((await runFake(given)).code, 0);
  assert.deepEqual(requests, [
    {
      snapshot: "latest",
      path: "/home/ann",
      to: join(folder, "out"),
      includes: [],
      excludes: [],
      overwrite: "if-changed",
      deleteExtra: false,
      fullPaths: false,
      verify: false,
      dryRun: false,
      owner: "none",
      threads: 2,
    },
  ]);
});

test("restore passes every flag on", async () => {
  const flags = "--include a --exclude b --overwrite fail --full-paths --verify --dry-run --owner numeric --threads 3 --delete-extra";
  const { world: given, requests } = world(["abc", "--to", "full", ...flags.split(" ")]);
  assert.equal((await runFake(given)).code, 0);
  const { snapshot, path, includes, excludes, overwrite, fullPaths, verify, dryRun, owner, threads, deleteExtra } =
    requests[0] ?? assert.fail();
  assert.deepEqual([snapshot, path, includes, excludes, overwrite], ["abc", "", ["a"], ["b"], "fail"]);
  assert.deepEqual([fullPaths, verify, dryRun, owner, threads, deleteExtra], [true, true, true, "numeric", 3, true]);
});

test("restore gives owners by name as root", async () => {
  const { world: given, requests } = world(["latest", "--to", "out"], { machine: { privileged: true } });
  await runFake(given);
  assert.equal(requests[0]?.owner, "by-name");
});

test("restore refuses to guess a target", async () => {
  const { code, stderr } = await runFake(world(["latest"]).world);
  assert.equal(code, 2);
  assert.match(stderr, /--to DIR/);
});

test("restore --delete-extra needs a yes unless the target is empty, missing or only looked at", async () => {
  const cases: [string[], Partial<FakeWorld>, number][] = [
    [["--to", "full"], {}, 2],
    [["--to", "full", "--yes"], {}, 0],
    [["--to", "full", "--dry-run"], {}, 0],
    [["--to", "empty"], {}, 0],
    [["--to", "missing"], {}, 0],
    [["--to", "full"], { typed: ["yes"] }, 0],
    [["--to", "full"], { typed: ["y"] }, 2],
    [["--to", "full"], { typed: [] }, 2],
  ];
  for (const [argv, options, expected] of cases) {
    const { world: given, requests } = world(["latest", "--delete-extra", ...argv], options);
    assert.equal((await runFake(given)).code, expected, argv.join(" "));
    assert.equal(requests.length, expected === 0 ? 1 : 0);
  }
});

test("restore ends with 3 when items are missing, and says what it did", async () => {
  const { code, stdout } = await runFake(world(["latest", "--to", "out"], { issues: 1 }).world);
  assert.equal(code, 3);
  assert.match(
    stdout,
    /^restored: snapshot aaaaaaaa\nfiles: {2}1 file restored, 2 unchanged, 3 skipped; 4 folders, 5 other items\ndata: {3}5\.9 KiB written, 700 B fetched, in 0:02\n$/,
  );
  const events = await eventsOf(world(["latest", "--to", "out"]).world);
  assert.ok(events[0]?.message_type === "summary" && events[0].command === "restore" && events[0].bytes_fetched === 700);
});
