import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ENTRY_KIND } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import { byteStringOf, toByteString } from "../../shared/bytes.ts";
import type { FakeWorld } from "../fake-context.ts";
import { fakeEntry, fakeRepository, fakeSnapshot } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";
import type { FindRequest, TreeDifference, TreePlace, TreeServices } from "../services.ts";

// The commands that look into snapshots: ls, find, cat, dump and diff.

const folder = mkdtempSync(join(tmpdir(), "varve-trees-"));
after(() => rmSync(folder, { recursive: true }));

const SNAPSHOTS = [fakeSnapshot("a"), fakeSnapshot("b")];

async function* each<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function world(argv: readonly string[], trees: Partial<TreeServices>, rest: Partial<FakeWorld> = {}): FakeWorld {
  return {
    argv: [...argv, "--repo", "r"],
    cwd: folder,
    repositories: { open: async () => fakeRepository({ snapshots: SNAPSHOTS }).repository },
    trees,
    ...rest,
  };
}

const ODD_NAME: ByteString = toByteString(Uint8Array.of(0x61, 0xff));
const LISTED = [
  { path: byteStringOf("/home/ann"), entry: fakeEntry("ann", { kind: ENTRY_KIND.directory, mode: 0o1777 }) },
  { path: ODD_NAME, entry: fakeEntry("odd", { mode: 0o4755 }) },
  {
    path: byteStringOf("/link"),
    entry: fakeEntry("link", { kind: ENTRY_KIND.symlink, linkTarget: byteStringOf("../x"), user: "", group: "" }),
  },
];

test("ls lists the paths of the place asked for", async () => {
  const places: unknown[] = [];
  const list: TreeServices["list"] = (_repository, place) => (
    places.push([place.snapshot.id.charAt(0), place.path, place.recursive]),
    each(...LISTED)
  );
  const { code, stdout } = await runFake(world(["ls", "a:/home/"], { list }));
  assert.equal(code, 0);
  assert.equal(stdout, "/home/ann\na\\xff\n/link\n");
  await runFake(world(["ls", "latest", "-r"], { list }));
  assert.deepEqual(places, [
    ["a", "/home", false],
    ["b", "", true],
  ]);
});

test("ls -l shows kind, mode, owner, size, time and link target", async () => {
  const { stdout } = await runFake(world(["ls", "a", "-l"], { list: () => each(...LISTED) }));
  const lines = stdout.split("\n");
  assert.match(lines[0] ?? "", /^drwxrwxrwt ann staff +1234 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \/home\/ann$/);
  assert.match(lines[1] ?? "", /^-rwsr-xr-x .* a\\xff$/);
  assert.match(lines[2] ?? "", /^lrw-r--r-- 1000 1000 .* \/link -> \.\.\/x$/);
});

test("ls writes entries as events in which large ids survive", async () => {
  const [event] = await eventsOf(world(["ls", "a"], { list: () => each(...LISTED) }));
  assert.ok(event?.message_type === "result" && event.kind === "entry");
  assert.deepEqual(
    [event.node_id, event.type, event.mode, event.modified],
    ["18446744073709551615", "directory", "01777", "2023-11-14T22:13:20.123456789Z"],
  );
});

test("ls ends with 5 when there is no such snapshot", async () => {
  assert.equal((await runFake(world(["ls", "zz"], {}))).code, 5);
  assert.equal((await runFake(world(["ls", ":/x"], {}))).code, 2);
});

test("find passes patterns and filter on and starts each line with the snapshot", async () => {
  const requests: FindRequest[] = [];
  const find: TreeServices["find"] = (_repository, request) => (
    requests.push(request),
    each({ snapshot: fakeSnapshot("a"), path: byteStringOf("/home/ann"), entry: fakeEntry("ann") })
  );
  const { stdout } = await runFake(world(["find", "*.jpg", "x", "-i", "--host", "web", "--tag", "t"], { find }));
  assert.equal(stdout, "aaaaaaaa  /home/ann\n");
  assert.deepEqual(requests, [{ patterns: ["*.jpg", "x"], snapshots: { host: "web", tag: "t" }, ignoreCase: true }]);
  const [event] = await eventsOf(world(["find", "x"], { find }));
  assert.ok(event?.message_type === "result" && event.kind === "entry" && event.snapshot === "a".repeat(64));
});

test("cat writes the bytes as they are", async () => {
  const dumpFile = (_repository: unknown, place: TreePlace) => each(Uint8Array.of(0, 255, 10), Buffer.from(place.path));
  const { code, context } = await runFake(world(["cat", "a:/etc/fstab"], { dumpFile }));
  assert.equal(code, 0);
  assert.ok(context.stdout.text.endsWith("\n/etc/fstab"));
  assert.equal((await runFake(world(["cat", "a"], { dumpFile }))).code, 2);
});

test("cat and dump write to a new file, with a summary event", async () => {
  const dumpTar = () => each(Buffer.from("tar"), Buffer.from("ball"));
  const events = await eventsOf(world(["dump", "a", "--output", "x.tar"], { dumpTar }));
  assert.equal(readFileSync(join(folder, "x.tar"), "utf8"), "tarball");
  assert.ok(events[0]?.message_type === "summary" && events[0].command === "dump" && events[0].bytes === 7);
  const again = await runFake(world(["dump", "a", "--output", "x.tar"], { dumpTar }));
  assert.equal(again.code, 3);
  assert.match(again.stderr, /E_TARGET_EXISTS/);
});

test("dump leaves no part of a file behind when it fails", async () => {
  async function* dumpTar(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("tar");
    throw new Error("broken");
  }
  assert.equal((await runFake(world(["dump", "a", "-o", "part.tar"], { dumpTar }))).code, 1);
  assert.equal(existsSync(join(folder, "part.tar")), false);
});

test("dump refuses a terminal, and events mixed with content", async () => {
  const trees = { dumpTar: () => each(Buffer.from("x")), dumpFile: () => each(Buffer.from("x")) };
  const onTerminal = await runFake(world(["dump", "a"], trees, { stdoutTTY: true }));
  assert.deepEqual([onTerminal.code, onTerminal.stdout], [2, ""]);
  for (const argv of [
    ["dump", "a"],
    ["cat", "a:/x"],
  ]) {
    const events = await eventsOf(world(argv, trees));
    assert.ok(events.length === 1 && events[0]?.message_type === "exit_error" && events[0].code === "E_USAGE");
  }
  assert.equal((await runFake(world(["dump", "a"], trees))).stdout, "x");
});

const CHANGES: readonly TreeDifference[] = [
  { change: "+", path: "/new", sizeBefore: 0, sizeAfter: 5 },
  { change: "M", path: "/changed", sizeBefore: 1, sizeAfter: 2 },
  { change: "U", path: "/touched", sizeBefore: 1, sizeAfter: 1 },
];

test("diff ends with 4 and lists what differs, without calling it an error", async () => {
  const sides: unknown[] = [];
  const diff: TreeServices["diff"] = (_repository, { from, to }) => (
    sides.push([from.snapshot.id.charAt(0), from.path, to.snapshot.id.charAt(0), to.path]),
    each(...CHANGES)
  );
  const { code, stdout, stderr } = await runFake(world(["diff", "a:/x", "latest"], { diff }));
  assert.deepEqual(sides, [["a", "/x", "b", ""]]);
  assert.equal(code, 4);
  assert.equal(stdout, "+ /new\nM /changed\nU /touched\n1 added, 1 changed, 1 with other metadata\n");
  assert.equal(stderr, "");
});

test("diff ends with 0 and prints nothing when the two are equal", async () => {
  const { code, stdout } = await runFake(world(["diff", "a", "b"], { diff: () => each<TreeDifference>() }));
  assert.deepEqual([code, stdout], [0, ""]);
});

test("diff writes changes, summary and exit as events", async () => {
  const events = await eventsOf(world(["diff", "a", "b"], { diff: () => each(...CHANGES) }));
  assert.deepEqual(
    events.map((event) => event.message_type),
    ["result", "result", "result", "summary", "exit_error"],
  );
});

test("writing to a place that cannot be made is an error of the target", async () => {
  writeFileSync(join(folder, "plain"), "");
  assert.equal((await runFake(world(["dump", "a", "-o", "plain/x.tar"], { dumpTar: () => each(Buffer.from("x")) }))).code, 1);
});
