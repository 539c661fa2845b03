import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { GuidRestoreRequest, GuidSaveRequest, GuidVerifyRequest, GuidIndexRequest } from "../../guid/face.ts";
import { FakeContext } from "../fake-context.ts";
import type { FakeWorld } from "../fake-context.ts";
import { runCli } from "../run-cli.ts";
import { must } from "../../shared/assert.ts";
import { eventsOf, runFake } from "../run-fake.ts";
import type { GuidOperationWorld } from "../services.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-guid-cli-"));
after(() => rmSync(folder, { recursive: true }));

const CONNECTION = "AccountName=acct;AccountKey=c4naryK3y==";
const CACHE = "/nowhere/home/.cache/varve";

interface Seen {
  index: GuidIndexRequest;
  save: GuidSaveRequest;
  restore: GuidRestoreRequest;
  verify: GuidVerifyRequest;
  world: GuidOperationWorld;
}

/** A world in which every guid operation succeeds, or has issues, and what it was asked for is seen. */
function world(
  argv: readonly string[],
  options: { env?: Record<string, string>; issues?: number } = {},
): { world: FakeWorld; seen: Partial<Seen> } {
  const seen: Partial<Seen> = {};
  const { issues = 0 } = options;
  const counts = { entries: 12, requests: 14, issues, durationMs: 83_400 };
  return {
    seen,
    world: {
      argv: ["guid", ...argv],
      env: { AZURE_STORAGE_CONNECTION_STRING: CONNECTION, ...options.env },
      cwd: folder,
      guid: {
        index: async (index, world, listener) => {
          Object.assign(seen, { index, world });
          await listener("8c-1", "/srv/a b");
          return {
            mapping: index.mapping,
            serverGuid: "8c",
            files: 12,
            kept: 3,
            bytes: 2048,
            directories: 4,
            others: 1,
            issues,
            durationMs: 1000,
          };
        },
        save: async (save, world) => {
          Object.assign(seen, { save, world });
          const placeholders = { placeholders: 2, placeholdersMade: 1 };
          return {
            ...counts,
            ...placeholders,
            filesUploaded: 7,
            filesUnchanged: 3,
            filesSkipped: 0,
            filesMissing: issues,
            bytesRead: 9,
            bytesUploaded: 4096,
          };
        },
        restore: async (restore, world, listener) => {
          Object.assign(seen, { restore, world });
          await listener({ action: "restored", path: "/srv/a", size: 1024 });
          const files = { filesRestored: 9, filesUnchanged: 1, filesSkipped: 1, placeholders: 1, blobsMissing: issues };
          return { ...counts, ...files, unchecked: 0, bytesWritten: 5000, bytesFetched: 6000 };
        },
        verify: async (verify, world, listener) => {
          Object.assign(seen, { verify, world });
          if (issues > 0) await listener({ problem: "missing", name: "8c-1", path: "/srv/a", message: "there is no such blob" });
          const found = { missing: issues, extra: 0, wrongSize: 0, wrongMd5: 0, damaged: 0, unreadable: 0 };
          return { entries: 12, blobs: 11, bytes: 10, compared: 9, read: 0, ...found, requests: 1, durationMs: 1000 };
        },
      },
    },
  };
}

const NONE = ["--metrics-log", "none"];

test("guid index takes source and mapping from arguments, flags, environment or configuration, in this order", async () => {
  writeFileSync(join(folder, "varve.yaml"), "guid: { source_path: from-file, guid_mapping_file: sub/map.json }\n");
  for (const [argv, env, source, mapping] of [
    [["index", "arg", "--mapping", "flag.json"], { VARVE_GUID_SOURCE_PATH: "e", VARVE_GUID_MAPPING_FILE: "e.json" }, "arg", "flag.json"],
    [["index", "--source-path", "flag"], { VARVE_GUID_SOURCE_PATH: "e", VARVE_GUID_MAPPING_FILE: "e.json" }, "flag", "e.json"],
    [["index"], { VARVE_GUID_SOURCE_PATH: "e" }, "e", "sub/map.json"],
    [["index", "--keep"], {}, "from-file", "sub/map.json"],
  ] as const) {
    const { world: given, seen } = world(argv, { env });
    assert.equal((await runFake(given)).code, 0);
    assert.deepEqual(seen.index, {
      source: join(folder, source),
      mapping: join(folder, mapping),
      keep: argv.length === 2 && argv[1] === "--keep",
    });
  }
  rmSync(join(folder, "varve.yaml"));
  const { code, stderr } = await runFake(world(["index"]).world);
  assert.deepEqual([code, /no source is named/.test(stderr)], [2, true]);
  const plain = world(["index", "."]);
  await runFake(plain.world);
  assert.equal(plain.seen.index?.mapping, join(folder, "guid_file_mapping.json"));
});

test("guid index prints each line and a summary, nothing of it when quiet, events with --json", async () => {
  assert.equal(
    (await runFake(world(["index", "."]).world)).stdout,
    `8c-1: /srv/a b\nmapping ${folder}/guid_file_mapping.json written: 12 files, 2.0 KiB, in 5 folders; 3 kept their GUIDs; 1 link or special file left out; in 0:01\n`,
  );
  assert.equal((await runFake(world(["index", ".", "-q"]).world)).stdout, "");
  const events = await eventsOf(world(["index", "."], { issues: 1 }).world);
  assert.deepEqual(
    events.map((event) => event.message_type),
    ["result", "summary", "exit_error"],
  );
  assert.equal((await runFake(world(["index", "."], { issues: 1 }).world)).code, 3);
});

test("guid save passes its settings on, remembers in the cache folder, and works with 20 at once unless told otherwise", async () => {
  const flags = [
    "--mapping",
    "m.json",
    "--container",
    "box",
    "--skip-files",
    "*.tmp",
    "--skip-files",
    "x",
    "--skip-path",
    "cache",
    "--skip-path",
    "/abs",
  ];
  const { world: given, seen } = world(["save", ...flags, "--force", "--create-container"]);
  assert.equal((await runFake(given)).code, 0);
  const { container, ...rest } = seen.save ?? assert.fail();
  assert.deepEqual(rest, {
    mapping: join(folder, "m.json"),
    workers: 20,
    createContainer: true,
    skipFiles: ["*.tmp", "x"],
    skipPaths: [join(folder, "cache"), "/abs"],
    force: true,
    cacheFolder: CACHE,
  });
  assert.deepEqual([container.account, container.container, container.prefix], ["acct", "box", ""]);
  assert.deepEqual(container.credential, { kind: "key", key: "c4naryK3y==" });
  assert.equal(seen.world?.workFolder, "/var/tmp");
  const lean = world(["save", "--container", "az://other/box/pre", "--max-workers", "3", "--no-cache"], { env: { TMPDIR: "/big" } });
  await runFake(lean.world);
  const { workers, cacheFolder, container: other } = lean.seen.save ?? assert.fail();
  assert.deepEqual(
    [workers, cacheFolder, other.account, other.prefix, lean.seen.world?.workFolder],
    [3, undefined, "other", "pre/", "/big"],
  );
});

test("guid save tells what it did, and ends with 3 when files are missing", async () => {
  const { stdout } = await runFake(world(["save", "--container", "box"]).world);
  assert.equal(
    stdout,
    "saved: 7 files uploaded, 3 unchanged, 2 placeholders\ndata:  4.0 KiB sent in 14 requests\ntime:  83.4 seconds (1.39 minutes)\n",
  );
  assert.equal((await runFake(world(["save", "--container", "box", "-q"]).world)).stdout, "");
  const failed = await runFake(world(["save", "--container", "box"], { issues: 2 }).world);
  assert.equal(failed.code, 3);
  assert.match(failed.stdout, /, 2 missing\n/);
  const [event] = await eventsOf(world(["save", "--container", "box"]).world);
  assert.ok(event?.message_type === "summary" && event.command === "guid save");
  assert.deepEqual([event.files_uploaded, event.placeholders_made, event.duration_seconds], [7, 1, 83.4]);
});

test("guid restore needs a root, prints each file, and names seconds and minutes", async () => {
  const { code, stderr } = await runFake(world(["restore", "--container", "box"]).world);
  assert.deepEqual([code, /restore never guesses where to write/.test(stderr)], [2, true]);
  const { world: given, seen } = world([
    "restore",
    "--container",
    "box",
    "--to",
    "out",
    "--overwrite",
    "skip",
    "--skip-files",
    "*.tmp",
    ...NONE,
  ]);
  const { stdout } = await runFake(given);
  assert.match(
    stdout,
    /^restored {3}\/srv\/a 1\.0 KiB\nrestored: 9 files restored, 1 unchanged, 1 skipped, 1 placeholder\n.*\ntime: {5}83\.4 seconds \(1\.39 minutes\)\n$/,
  );
  assert.deepEqual([seen.restore?.root, seen.restore?.overwrite, seen.restore?.skipFiles], [join(folder, "out"), "skip", ["*.tmp"]]);
  const restore = ["restore", "--container", "box", "--to", "out", ...NONE];
  assert.equal((await runFake(world([...restore, "-q"]).world)).stdout, "");
  const kinds = async (...more: readonly string[]): Promise<readonly string[]> =>
    (await eventsOf(world([...restore, ...more]).world)).map((event) => event.message_type);
  assert.deepEqual([await kinds(), await kinds("--verbose")], [["summary"], ["item", "summary"]]);
  assert.equal((await runFake(world(restore, { issues: 1 }).world)).code, 3);
});

test("guid restore writes its metrics log where it is told, by default beside the caller", async () => {
  const restore = ["restore", "--container", "box", "--to", "out"];
  for (const [more, env, file] of [
    [[], {}, "system_metrics_log.json"],
    [["--metrics-log", "mine.json"], { VARVE_GUID_METRICS_LOG_FILE: "env.json" }, "mine.json"],
    [[], { VARVE_GUID_METRICS_LOG_FILE: "env.json" }, "env.json"],
  ] as const) {
    const { world: given, seen } = world([...restore, ...more], { env });
    assert.equal((await runFake(given)).code, 0);
    const { header } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { header: { command: string; settings: object } };
    assert.equal(header.command, "varve guid restore");
    assert.ok(!JSON.stringify(header).includes("c4nary"));
    assert.ok(seen.world?.gauge !== undefined);
    rmSync(join(folder, file));
  }
});

test("guid verify prints findings and ends with 4 when there are some", async () => {
  const verify = ["verify", "--container", "box", "--read-data"];
  const { world: given, seen } = world(verify);
  const clean = await runFake(given);
  assert.equal(clean.code, 0);
  assert.match(clean.stdout, /^verified: 12 entries, 11 blobs, 10 B; 9 compared with files, 0 read\nfound: {4}nothing wrong\n/);
  assert.deepEqual([seen.verify?.readData, seen.verify?.cacheFolder], [true, CACHE]);
  const found = await runFake(world(verify, { issues: 1 }).world);
  assert.equal(found.code, 4);
  assert.match(found.stdout, /^missing {4}8c-1 \/srv\/a: there is no such blob\n[\s\S]*found: {4}1 missing\n/);
  assert.deepEqual(
    (await eventsOf(world(verify, { issues: 1 }).world)).map((event) => event.message_type),
    ["result", "summary", "exit_error"],
  );
});

test("the connection string comes from a file, the environment or the configuration, in this order, and is never shown", async () => {
  writeFileSync(join(folder, "secret"), "AccountName=fromfile;AccountKey=c4naryFile==\n");
  writeFileSync(join(folder, "varve.yaml"), "guid:\n  connection_string: AccountName=fromconfig;AccountKey=c4naryConfig==\n");
  chmodSync(join(folder, "varve.yaml"), 0o644);
  const account = async (env: Record<string, string>, ...more: readonly string[]): Promise<string> => {
    const { world: given, seen } = world(["save", "--container", "box", ...more], { env });
    const { stdout, stderr } = await runFake(given);
    assert.ok(!(stdout + stderr).includes("c4nary"));
    assert.match(stderr, more.length === 0 ? /^warning: .*varve\.yaml:2 holds a secret, and others can read the file/ : /^$/);
    return seen.save?.container.account ?? "";
  };
  assert.equal(await account({}, "--connection-string-file", "secret"), "fromfile");
  assert.equal(await account({}), "acct");
  assert.equal(await account({ AZURE_STORAGE_CONNECTION_STRING: "" }), "fromconfig");
  chmodSync(join(folder, "varve.yaml"), 0o600);
  const { stderr } = await runFake(world(["save", "--container", "box"]).world);
  assert.equal(stderr, "");
  const events = await eventsOf({ ...world([]).world, argv: ["config", "show"] });
  const shown = events.flatMap((event) =>
    event.message_type === "result" && event.kind === "setting" ? [`${event.key} ${event.value}`] : [],
  );
  assert.ok(shown.includes("guid.connection_string ********"));
  rmSync(join(folder, "varve.yaml"));
});

test("a container must be named, be one, and have an account", async () => {
  for (const [argv, env, words] of [
    [[], {}, /no container is named \[E_USAGE\]/],
    [["--container", "box"], { AZURE_STORAGE_CONNECTION_STRING: "" }, /which storage account has the container box \[E_CONFIG\]/],
    [["--container", "./dir"], {}, /is no blob container \[E_CONFIG\]/],
    [["--container", "Not_Valid"], {}, /\[E_CONFIG\]/],
    [["--container", "box", "--max-workers", "0"], {}, /from 1 to 256/],
  ] as const) {
    const { code, stderr } = await runFake(world(["save", ...argv], { env }).world);
    assert.equal(code, 2);
    assert.match(stderr, words);
  }
});

test("guid import-config writes the new file for its owner alone, never over another one, and names what it left out", async () => {
  writeFileSync(join(folder, "config.py"), 'import os\nsource_path = "/srv"\nx = f()\nconnection_string = "AccountKey=c4nary=="\n');
  const run = (...more: readonly string[]) => runFake(world(["import-config", "config.py", ...more]).world);
  const printed = await run();
  assert.equal(printed.code, 3);
  assert.equal(printed.stdout, "guid:\n  source_path: /srv\n  connection_string:\n    env: AZURE_STORAGE_CONNECTION_STRING\n");
  assert.match(printed.stderr, /warning: .*config\.py:4: the file holds the connection string itself/);
  assert.match(printed.stderr, /problem: .*config\.py:3: the value of x/);
  const written = await run("-o", "new.yaml");
  assert.match(written.stdout, /new\.yaml written: 2 settings\n$/);
  assert.equal(readFileSync(join(folder, "new.yaml"), "utf8"), printed.stdout);
  assert.equal(statSync(join(folder, "new.yaml")).mode & 0o777, 0o600);
  const again = await run("-o", "new.yaml");
  assert.deepEqual([again.code, /it exists already/.test(again.stderr)], [2, true]);
  assert.ok(!JSON.stringify([printed, written, again].map(({ stdout, stderr }) => stdout + stderr)).includes("c4nary"));
  const [event] = await eventsOf(world(["import-config", "config.py"]).world);
  assert.ok(event?.message_type === "result" && event.kind === "guid_config");
  assert.deepEqual([event.problems.map(({ line }) => line), event.warnings.map(({ line }) => line)], [[3], [4]]);
  const missing = await runFake(world(["import-config", "none.py"]).world);
  assert.deepEqual([missing.code, existsSync(join(folder, "none.py"))], [2, false]);
});

test("guid index and restore do all of their work when nobody reads their lines any more", async () => {
  for (const argv of [
    ["index", "/srv"],
    ["restore", "--container", "box", "--to", "/out", "--metrics-log", "none"],
  ]) {
    const { world: fake } = world(argv);
    const ended: string[] = [];
    const guid: FakeWorld["guid"] = {
      index: async (...given) => {
        const summary = await must(fake.guid?.index, "index")(...given);
        ended.push("index");
        return summary;
      },
      restore: async (...given) => {
        const summary = await must(fake.guid?.restore, "restore")(...given);
        ended.push("restore");
        return summary;
      },
    };
    const context = new FakeContext({ ...fake, guid, stdoutTTY: true });
    context.stdout.writesMax = 0;
    assert.equal(await runCli(context), 0);
    assert.deepEqual(ended, [argv[0]]);
  }
});
