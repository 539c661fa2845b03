import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { tempFolder } from "../../test/support/temp.ts";
import type { GuidRestoreSummary } from "../guid/face.ts";
import { AppError } from "../shared/errors.ts";
import { BACKUP_SUMMARY, fakeRepository, RESTORE_SUMMARY } from "./fake-repository.ts";
import { runFake } from "./run-fake.ts";
import type { OpenRequest, OperationServices, OperationWorld } from "./services.ts";

const folder = await tempFolder("metrics-log");
after(() => folder.remove());
const file = `${folder.path}/run.json`;

const GUID_RESTORE_SUMMARY: GuidRestoreSummary = {
  entries: 1,
  filesRestored: 1,
  filesUnchanged: 0,
  filesSkipped: 0,
  placeholders: 0,
  blobsMissing: 0,
  unchecked: 0,
  bytesWritten: 5,
  bytesFetched: 5,
  requests: 1,
  issues: 0,
  durationMs: 10,
};

interface Log {
  readonly header: { readonly command: string; readonly subject: string; readonly settings: Readonly<Record<string, unknown>> };
  readonly samples: readonly { readonly files_done: number; readonly requests_in_flight: number }[];
  readonly summary: { readonly ending: string; readonly files_done: number; readonly requests: number };
}
const readLog = (): Log => JSON.parse(readFileSync(file, "utf8")) as Log;

/** Runs a backup or restore in which `work` is done. */
async function run(argv: readonly string[], work: (world: OperationWorld, open: OpenRequest) => Promise<number>) {
  rmSync(file, { force: true });
  let opened: OpenRequest | undefined;
  const issues = async (world: OperationWorld): Promise<number> => {
    assert.ok(opened !== undefined);
    return await work(world, opened);
  };
  const operations: Partial<OperationServices> = {
    backup: async (_repository, _request, world) => ({ ...BACKUP_SUMMARY, issues: await issues(world) }),
    restore: async (_repository, _request, world) => ({ ...RESTORE_SUMMARY, issues: await issues(world) }),
  };
  const repositories = {
    open: async (open: OpenRequest) => ((opened = open), fakeRepository().repository),
    describe: async ({ location }: { readonly location: string }) => location.replace(/\?.*/, ""),
  };
  return await runFake({ argv: [...argv, "--repo", "/repo?sig=secret"], cwd: folder.path, operations, repositories });
}

test("--metrics-log samples the counters and the requests of a backup, and says what was run, without secrets", async () => {
  const { code, stderr, context } = await run(["backup", "src", "--tag", "t", "--metrics-log", "run.json"], async ({ reporter }, open) => {
    reporter.counters.filesDone = 5;
    await open.gauge?.during(Promise.resolve(), () => false);
    return 0;
  });
  assert.deepEqual([code, stderr, context.leftovers], [0, "", 0]);
  const { header, summary } = readLog();
  assert.deepEqual([header.command, header.subject], ["varve backup", `${folder.path}/src to /repo`]);
  assert.deepEqual([header.settings["tags"], header.settings["repository"], header.settings["threads"]], [["t"], "/repo", 2]);
  assert.deepEqual([summary.ending, summary.files_done, summary.requests], ["done", 5, 1]);
  assert.ok(!readFileSync(file, "utf8").includes("secret"));
});

test("--metrics-log does the same for a restore", async () => {
  const { code } = await run(["restore", "latest:/a", "--to", "out", "--metrics-log", file], async ({ reporter }) => {
    reporter.counters.filesDone = 7;
    return 0;
  });
  assert.equal(code, 0);
  const { header, summary } = readLog();
  assert.deepEqual([header.command, header.subject], ["varve restore", `latest:/a of /repo to ${folder.path}/out`]);
  assert.deepEqual([header.settings["overwrite"], summary.ending, summary.files_done], ["if-changed", "done", 7]);
});

test("the log says how a run ended", async () => {
  const argv = ["backup", "src", "--metrics-log", file];
  const ends: [string, number][] = [];
  const endOf = async (work: Parameters<typeof run>[1]): Promise<void> => {
    const { code } = await run(argv, work);
    ends.push([readLog().summary.ending, code]);
  };
  await endOf(async () => 2);
  await endOf(async () => {
    throw new AppError({ code: "E_ABORTED", what: "interrupted" });
  });
  await endOf(async () => {
    throw new AppError({ code: "E_STORE", what: "gone" });
  });
  assert.deepEqual(ends, [
    ["incomplete", 3],
    ["interrupted", 130],
    ["failed", 1],
  ]);
});

test("a log that cannot be written is an error before the repository is opened", async () => {
  for (const path of ["none/run.json", "."]) {
    const { code, stderr } = await runFake({
      argv: ["backup", "src", "--repo", "r", "--metrics-log", path],
      cwd: folder.path,
      repositories: { describe: async () => "r" },
    });
    assert.equal(code, 2);
    assert.match(stderr, /error: cannot write the metrics log .* \[E_USAGE\]\nwhy: .*\nhint: .*--metrics-log/);
  }
  writeFileSync(`${folder.path}/letter`, "Dear Ann");
  const { code } = await runFake({ argv: ["restore", "latest", "--to", "x", "--repo", "@r", "--metrics-log", "letter"], cwd: folder.path });
  assert.deepEqual([code, readFileSync(`${folder.path}/letter`, "utf8")], [2, "Dear Ann"]);
});

test("a log that nobody asked for and that cannot be written costs a warning and nothing else", async () => {
  const home = `${folder.path}/guid`;
  mkdirSync(home);
  writeFileSync(`${home}/system_metrics_log.json`, "Dear Ann");
  let gauge: unknown = "not called";
  const guid = { restore: async (_request: unknown, world: { readonly gauge?: unknown }) => ((gauge = world.gauge), GUID_RESTORE_SUMMARY) };
  const env = { AZURE_STORAGE_ACCOUNT: "a", AZURE_STORAGE_KEY: "c2VjcmV0" };
  const argv = ["guid", "restore", "--container", "box", "--to", "x"];
  const byDefault = await runFake({ argv, cwd: home, env, guid });
  assert.deepEqual([byDefault.code, gauge], [0, undefined]);
  assert.match(
    byDefault.stderr,
    /^warning: cannot write the metrics log .*: a file is there that is no metrics log; nothing is measured$/m,
  );
  const asked = await runFake({ argv: [...argv, "--metrics-log", "system_metrics_log.json"], cwd: home, env, guid });
  assert.deepEqual([asked.code, readFileSync(`${home}/system_metrics_log.json`, "utf8")], [2, "Dear Ann"]);
  const none = await runFake({ argv: [...argv, "--metrics-log", "none"], cwd: home, env, guid });
  assert.deepEqual([none.code, none.stderr], [0, ""]);
});

test("without --metrics-log nothing is measured and nothing is counted", async () => {
  const { code } = await run(["backup", "src"], async (_world, open) => {
    assert.equal(open.gauge, undefined);
    return 0;
  });
  assert.deepEqual([code, existsSync(file)], [0, false]);
});

test("a job of the configuration names its log", async () => {
  rmSync(file, { force: true });
  const home = `${folder.path}/configured`;
  mkdirSync(home);
  writeFileSync(
    `${home}/varve.yaml`,
    `repositories: { main: { location: "az://a/b?sig=secret" } }\njobs: { nightly: { sources: [/etc, /srv], repository: "@main", metrics-log: ${file} } }\n`,
  );
  const repositories = { open: async () => fakeRepository().repository };
  const operations = { backup: async () => BACKUP_SUMMARY };
  const { code } = await runFake({ argv: ["backup", "nightly", "--config", `${home}/varve.yaml`], cwd: home, repositories, operations });
  assert.deepEqual([code, readLog().header.subject], [0, "/etc and 1 more to @main"]);
});

test("VARVE_METRICS_LOG names the log as well", async () => {
  rmSync(file, { force: true });
  const repositories = { open: async () => fakeRepository().repository, describe: async () => "r" };
  const operations = { backup: async () => BACKUP_SUMMARY };
  const env = { VARVE_METRICS_LOG: "~/run.json" };
  const { code } = await runFake({
    argv: ["backup", "src", "--repo", "r"],
    cwd: "/",
    env,
    machine: { home: folder.path },
    repositories,
    operations,
  });
  assert.deepEqual([code, readLog().summary.ending], [0, "done"]);
});
