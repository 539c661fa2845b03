import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENTRY_KIND, NO_CHUNKS, type EntryKind } from "../../src/format/entry.ts";
import { byteStringOf, joinPath, type ByteString } from "../../src/shared/bytes.ts";
import type { ErrorCode } from "../../src/shared/error-codes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import type { SourceNode } from "../../src/source/source.ts";
import type { Target, TargetEntry } from "../../src/source/target.ts";
import { patternBytes } from "./object-store-suite.ts";

/** An empty place and a target that writes there. */
export interface TargetFixture extends AsyncDisposable {
  readonly target: Target;
  /** Content of a file as somebody else reads it. */
  readonly read: (path: ByteString) => Promise<Uint8Array>;
  /** Makes another name of a file behind the target's back. */
  readonly link: (existing: ByteString, path: ByteString) => Promise<void>;
}

export interface TargetFeatures {
  readonly symlinks: boolean;
  readonly specials: boolean;
  readonly hardLinks: boolean;
  /** Smallest step of its times, nanoseconds. */
  readonly timeStepNs: bigint;
}

export interface TargetSuite {
  readonly name: string;
  readonly features: TargetFeatures;
  readonly make: () => Promise<TargetFixture>;
}

const ROOT = "" as ByteString;
const TIME_NS = 1_767_323_045_678_901_200n;
const bytes = byteStringOf;

/** An entry with plain facts; `uid` and `gid` are this process's own unless told. */
export function makeEntry(name: string, kind: EntryKind, more: Partial<TargetEntry> = {}): TargetEntry {
  return {
    name: bytes(name),
    kind,
    nodeId: 1n,
    mode: kind === ENTRY_KIND.directory ? 0o755 : 0o644,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    user: "",
    group: "",
    size: 0,
    modifiedNs: TIME_NS,
    changedNs: TIME_NS,
    accessedNs: TIME_NS,
    bornNs: 0n,
    links: 1,
    device: 0n,
    attributes: [],
    linkTarget: ROOT,
    content: NO_CHUNKS,
    extents: undefined,
    xorHash: 0n,
    directory: undefined,
    ...more,
  };
}

/** Creates, writes and finishes a file. */
export async function putFile(
  target: Target,
  path: string,
  options: { readonly content: string; readonly replace?: boolean; readonly entry?: Partial<TargetEntry> },
): Promise<void> {
  const [directory, name] = split(path);
  const file = await target.createFile(bytes(directory), bytes(name), options.replace ?? false);
  await file.write(Buffer.from(options.content), 0);
  assert.deepEqual(await file.finish(makeEntry(name, ENTRY_KIND.file, { size: options.content.length, ...options.entry })), []);
}

function split(path: string): readonly [string, string] {
  const cut = path.lastIndexOf("/");
  return [path.slice(0, Math.max(cut, 0)), path.slice(cut + 1)];
}

async function fails(code: ErrorCode, work: () => unknown): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error) => isAppError(error, code),
  );
}

async function namesIn(target: Target, directory: ByteString = ROOT): Promise<readonly ByteString[]> {
  return (await target.list(directory)).map(({ name }) => name).toSorted();
}

async function looked(target: Target, path: string): Promise<SourceNode> {
  const [directory, name] = split(path);
  const node = await target.look(bytes(directory), bytes(name));
  assert.ok(node !== undefined, `${path} is there`);
  return node;
}

/** What every target does, whatever is behind it. */
export function targetSuite(suite: TargetSuite): void {
  describe(`target: ${suite.name}`, () => {
    fileTests(suite);
    mendTests(suite);
    directoryTests(suite);
    nameTests(suite);
    otherTests(suite);
  });
}

function fileTests({ make, features }: TargetSuite): void {
  test("createFile() makes a file with its content, and finish() gives it mode and time", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "content", entry: { mode: 0o640 } });
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "content");
    const node = await looked(fixture.target, "file");
    assert.deepEqual([node.kind, node.mode, node.size], [ENTRY_KIND.file, 0o640, 7]);
    assert.equal(node.modifiedNs, TIME_NS - (TIME_NS % features.timeStepNs));
  });

  test("createFile() takes writes in any order, and truncate() makes holes and tails", async () => {
    await using fixture = await make();
    const file = await fixture.target.createFile(ROOT, bytes("file"), false);
    await file.write(Buffer.from("end"), 100_000);
    await file.write(Buffer.from("start"), 0);
    await file.truncate(200_000);
    await file.finish(makeEntry("file", ENTRY_KIND.file, { size: 200_000 }));
    const expected = Buffer.alloc(200_000);
    expected.write("start", 0);
    expected.write("end", 100_000);
    assert.deepEqual(Buffer.from(await fixture.read(bytes("file"))), expected);
  });

  test("createFile() without replace is E_TARGET_EXISTS when anything is there, and changes nothing", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "old" });
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await fails("E_TARGET_EXISTS", () => fixture.target.createFile(ROOT, bytes("file"), false));
    await fails("E_TARGET_EXISTS", () => fixture.target.createFile(ROOT, bytes("folder"), false));
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "old");
  });

  test("createFile() with replace leaves the old file until finish(), and for good after abandon()", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "old" });
    const first = await fixture.target.createFile(ROOT, bytes("file"), true);
    await first.write(Buffer.from("half"), 0);
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "old");
    await first.abandon();
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "old");
    assert.deepEqual(await namesIn(fixture.target), ["file"]);
    await putFile(fixture.target, "file", { content: "new", replace: true });
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "new");
    assert.deepEqual(await namesIn(fixture.target), ["file"]);
  });

  test("createFile() with replace never replaces a directory", async () => {
    await using fixture = await make();
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await fails("E_TARGET_EXISTS", () => fixture.target.createFile(ROOT, bytes("folder"), true));
  });

  test("createFile() fails when its directory is not there", async () => {
    await using fixture = await make();
    await fails("E_TARGET", () => fixture.target.createFile(bytes("nothing"), bytes("file"), false));
  });

  test("many files may be open at once in many directories", async () => {
    await using fixture = await make();
    const files = [];
    for (let at = 0; at < 100; at += 1) {
      await fixture.target.makeDirectory(ROOT, bytes(`d${at}`), false);
      files.push(await fixture.target.createFile(bytes(`d${at}`), bytes("file"), false));
    }
    for (const [at, file] of files.entries()) await file.write(Buffer.from(`content ${at}`), 0);
    for (const file of files) assert.deepEqual(await file.finish(makeEntry("file", ENTRY_KIND.file, { mode: 0o600 })), []);
    for (let at = 0; at < 100; at += 1) assert.equal(Buffer.from(await fixture.read(bytes(`d${at}/file`))).toString(), `content ${at}`);
  });
}

function mendTests({ make, features }: TargetSuite): void {
  test("openExisting() reads and mends a file in place", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "aaaabbbbcccc" });
    const before = (await looked(fixture.target, "file")).nodeId;
    const file = await fixture.target.openExisting(ROOT, bytes("file"));
    assert.ok(file !== undefined);
    assert.deepEqual([file.size, file.writable, await file.extents()], [12, true, undefined]);
    const into = new Uint8Array(4);
    assert.equal(await file.read(into, 4), 4);
    assert.equal(Buffer.from(into).toString(), "bbbb");
    assert.equal(await file.read(into, 12), 0);
    await file.write(Buffer.from("BB"), 4);
    await file.truncate(8);
    assert.deepEqual(await file.finish(makeEntry("file", ENTRY_KIND.file, { mode: 0o600 })), []);
    assert.equal(Buffer.from(await fixture.read(bytes("file"))).toString(), "aaaaBBbb");
    const after = await looked(fixture.target, "file");
    assert.deepEqual([after.nodeId, after.mode, after.modifiedNs], [before, 0o600, TIME_NS - (TIME_NS % features.timeStepNs)]);
  });

  test("write() takes long pieces and short ones, in any order", async () => {
    await using fixture = await make();
    const content = patternBytes(9 * 2 ** 20 + 77);
    const cut = 8 * 2 ** 20;
    const file = await fixture.target.createFile(ROOT, bytes("file"), false);
    await file.write(content.subarray(cut), cut);
    await file.write(content.subarray(0, cut), 0);
    await file.finish(makeEntry("file", ENTRY_KIND.file));
    assert.ok(Buffer.from(await fixture.read(bytes("file"))).equals(content));
  });

  test("openExisting() knows the holes of a file", async () => {
    await using fixture = await make();
    const made = await fixture.target.createFile(ROOT, bytes("file"), false);
    const block = new Uint8Array(1 << 20).fill(7);
    await made.write(block, 1 << 20);
    await made.truncate(3 << 20);
    await made.finish(makeEntry("file", ENTRY_KIND.file));
    const file = await fixture.target.openExisting(ROOT, bytes("file"));
    const extents = await file?.extents();
    await file?.abandon();
    // A target without holes says that all of it is data.
    assert.deepEqual(extents ?? [{ offset: 1 << 20, length: 1 << 20 }], [{ offset: 1 << 20, length: 1 << 20 }]);
  });

  test("openExisting() changes nothing of a file that is as it should be", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "equal" });
    const { changeToken } = await looked(fixture.target, "file");
    const file = await fixture.target.openExisting(ROOT, bytes("file"));
    await file?.finish(makeEntry("file", ENTRY_KIND.file));
    assert.equal((await looked(fixture.target, "file")).changeToken, changeToken);
  });

  test("openExisting() is undefined for everything but a regular file with one name", async () => {
    await using fixture = await make();
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await putFile(fixture.target, "file", { content: "x" });
    if (features.symlinks)
      await fixture.target.makeSpecial(ROOT, makeEntry("link", ENTRY_KIND.symlink, { linkTarget: bytes("file") }), false);
    if (features.specials) await fixture.target.makeSpecial(ROOT, makeEntry("fifo", ENTRY_KIND.fifo), false);
    if (features.hardLinks) await fixture.link(bytes("file"), bytes("second name"));
    for (const name of ["nothing", "folder", "link", "fifo", "second name"])
      assert.equal(await fixture.target.openExisting(ROOT, bytes(name)), undefined, name);
  });
}

function directoryTests({ make, features }: TargetSuite): void {
  test("makeDirectory() says whether it made the directory, and keeps what is in one that is there", async () => {
    await using fixture = await make();
    assert.equal(await fixture.target.makeDirectory(ROOT, bytes("folder"), false), "created");
    await putFile(fixture.target, "folder/file", { content: "x" });
    assert.equal(await fixture.target.makeDirectory(ROOT, bytes("folder"), true), "exists");
    assert.deepEqual(await namesIn(fixture.target, bytes("folder")), ["file"]);
  });

  test("makeDirectory() replaces a file only when it may", async () => {
    await using fixture = await make();
    await putFile(fixture.target, "file", { content: "x" });
    await fails("E_TARGET_EXISTS", () => fixture.target.makeDirectory(ROOT, bytes("file"), false));
    assert.equal(await fixture.target.makeDirectory(ROOT, bytes("file"), true), "created");
    assert.equal((await looked(fixture.target, "file")).kind, ENTRY_KIND.directory);
  });

  test("finishDirectory() gives a directory, and the root, mode and time after they were filled", async () => {
    await using fixture = await make();
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await putFile(fixture.target, "folder/file", { content: "x" });
    assert.deepEqual(
      await fixture.target.finishDirectory(ROOT, bytes("folder"), makeEntry("folder", ENTRY_KIND.directory, { mode: 0o711 })),
      [],
    );
    assert.deepEqual(
      await fixture.target.finishDirectory(ROOT, ROOT, makeEntry("", ENTRY_KIND.directory, { modifiedNs: TIME_NS + 1000n })),
      [],
    );
    const node = await looked(fixture.target, "folder");
    assert.deepEqual([node.mode, node.modifiedNs], [0o711, TIME_NS - (TIME_NS % features.timeStepNs)]);
  });

  test("list() shows names and kinds", async () => {
    await using fixture = await make();
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await putFile(fixture.target, "file", { content: "12345" });
    const shown = (await fixture.target.list(ROOT)).map(({ name, kind }) => `${name} ${kind}`);
    assert.deepEqual(shown.toSorted(), [`file ${ENTRY_KIND.file}`, `folder ${ENTRY_KIND.directory}`]);
    await fails("E_TARGET", () => fixture.target.list(bytes("nothing")));
  });

  test("look() is undefined when nothing is there", async () => {
    await using fixture = await make();
    assert.equal(await fixture.target.look(ROOT, bytes("nothing")), undefined);
  });

  test("remove() takes a tree away, and nothing is fine too", async () => {
    await using fixture = await make();
    for (const path of ["a", "a/b", "a/b/c", "a/d"])
      await fixture.target.makeDirectory(bytes(split(path)[0]), bytes(split(path)[1]), false);
    for (const path of ["a/one", "a/b/two", "a/b/c/three"]) await putFile(fixture.target, path, { content: "x" });
    await putFile(fixture.target, "stays", { content: "x" });
    await fixture.target.remove(ROOT, bytes("a"));
    await fixture.target.remove(ROOT, bytes("a"));
    assert.deepEqual(await namesIn(fixture.target), ["stays"]);
    assert.equal(await fixture.target.makeDirectory(ROOT, bytes("a"), false), "created");
    assert.deepEqual(await namesIn(fixture.target, bytes("a")), []);
  });
}

function nameTests({ make }: TargetSuite): void {
  for (const name of ["..", ".", "", "a/b", "/", "a\0b", "../a"]) {
    test(`every call that takes a name is E_TARGET_UNSAFE for ${JSON.stringify(name)}`, async () => {
      await using fixture = await make();
      const { target } = fixture;
      const bad = bytes(name);
      await target.makeDirectory(ROOT, bytes("a"), false);
      await target.makeDirectory(bytes("a"), bytes("b"), false);
      await fails("E_TARGET_UNSAFE", () => target.makeDirectory(ROOT, bad, true));
      await fails("E_TARGET_UNSAFE", () => target.createFile(ROOT, bad, true));
      await fails("E_TARGET_UNSAFE", () => target.openExisting(ROOT, bad));
      await fails("E_TARGET_UNSAFE", () => target.makeSpecial(ROOT, makeEntry(name, ENTRY_KIND.symlink, { linkTarget: bytes("x") }), true));
      await fails("E_TARGET_UNSAFE", () => target.link(ROOT, bad, { directory: ROOT, name: bytes("a") }, true));
      await fails("E_TARGET_UNSAFE", () => target.link(ROOT, bytes("x"), { directory: ROOT, name: bad }, true));
      await fails("E_TARGET_UNSAFE", () => target.remove(ROOT, bad));
      await fails("E_TARGET_UNSAFE", () => target.look(ROOT, bad));
      if (name === "" || name === "a/b") return;
      await fails("E_TARGET_UNSAFE", () => target.finishDirectory(ROOT, bad, makeEntry(name, ENTRY_KIND.directory)));
      await fails("E_TARGET_UNSAFE", () => target.createFile(joinPath(bad, bytes("x")), bytes("file"), true));
      await fails("E_TARGET_UNSAFE", () => target.list(joinPath(bytes("a"), bad)));
    });
  }
}

function otherTests({ make, features }: TargetSuite): void {
  test("makeSpecial() makes a symlink with its own time, and replaces a file only when it may", { skip: !features.symlinks }, async () => {
    await using fixture = await make();
    const entry = makeEntry("link", ENTRY_KIND.symlink, { linkTarget: bytes("../out/of/here") });
    await putFile(fixture.target, "link", { content: "file" });
    await fails("E_TARGET_EXISTS", () => fixture.target.makeSpecial(ROOT, entry, false));
    assert.deepEqual(await fixture.target.makeSpecial(ROOT, entry, true), []);
    const node = await looked(fixture.target, "link");
    assert.deepEqual([node.kind, node.modifiedNs], [ENTRY_KIND.symlink, TIME_NS - (TIME_NS % features.timeStepNs)]);
    assert.deepEqual(await namesIn(fixture.target), ["link"]);
  });

  test("makeSpecial() makes FIFOs and sockets", { skip: !features.specials }, async () => {
    await using fixture = await make();
    for (const kind of [ENTRY_KIND.fifo, ENTRY_KIND.socket]) {
      assert.deepEqual(await fixture.target.makeSpecial(ROOT, makeEntry(`kind ${kind}`, kind, { mode: 0o620 }), false), []);
      const node = await looked(fixture.target, `kind ${kind}`);
      assert.deepEqual([node.kind, node.mode], [kind, 0o620]);
    }
  });

  test("link() makes a second name of one file, also over another file when it may", { skip: !features.hardLinks }, async () => {
    await using fixture = await make();
    await fixture.target.makeDirectory(ROOT, bytes("folder"), false);
    await putFile(fixture.target, "first", { content: "x" });
    await putFile(fixture.target, "folder/other", { content: "y" });
    const first = { directory: ROOT, name: bytes("first") };
    await fails("E_TARGET_EXISTS", () => fixture.target.link(bytes("folder"), bytes("other"), first, false));
    for (let round = 0; round < 2; round += 1) await fixture.target.link(bytes("folder"), bytes("other"), first, true);
    const { nodeId } = await looked(fixture.target, "first");
    const other = await looked(fixture.target, "folder/other");
    assert.deepEqual([other.nodeId, other.links], [nodeId, 2]);
    assert.deepEqual(await namesIn(fixture.target, bytes("folder")), ["other"]);
    await fails("E_TARGET", () => fixture.target.link(ROOT, bytes("third"), { directory: ROOT, name: bytes("nothing") }, false));
  });
}
