import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENTRY_KIND, type EntryKind, type Extent } from "../../src/format/entry.ts";
import { byteStringOf, joinPath, toByteString, type ByteString } from "../../src/shared/bytes.ts";
import type { ErrorCode } from "../../src/shared/error-codes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import type { ContentReader, OpenContent, Source, SourceNode } from "../../src/source/source.ts";
import { copyOf } from "./copy-tree.ts";

/** An item that the suite wants to find in a source. Directories on the way are there already. */
export interface SuiteItem {
  readonly path: ByteString;
  readonly kind: EntryKind;
  readonly content?: Uint8Array;
  /** Data extents of `content`; the rest of it is zeros and shall be holes. */
  readonly extents?: readonly Extent[];
  readonly linkTarget?: ByteString;
  readonly attributes?: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
  readonly mode?: number;
  readonly modifiedNs?: bigint;
}

/** A source over a tree that the suite changes behind its back. */
export interface SourceFixture extends AsyncDisposable {
  readonly source: Source;
  readonly openReader: () => Promise<ContentReader>;
  /** Makes an item, or changes the content, mode, attributes and time of a file that is there in place. */
  readonly put: (item: SuiteItem) => Promise<void>;
  /** Makes empty files with these names in a directory, however cheap they are to be had: all may be links to one. */
  readonly putNames: (directory: ByteString, names: readonly string[]) => Promise<void>;
  readonly link: (existing: ByteString, path: ByteString) => Promise<void>;
  readonly rename: (from: ByteString, to: ByteString) => Promise<void>;
  readonly remove: (path: ByteString) => Promise<void>;
}

/** What a kind of source has at all; tests of what it has not are skipped. */
export interface SourceFeatures {
  readonly symlinks: boolean;
  readonly specials: boolean;
  readonly hardLinks: boolean;
  readonly attributes: boolean;
  readonly byteNames: boolean;
  readonly holes: boolean;
  /** Smallest step of its times, nanoseconds. */
  readonly timeStepNs: bigint;
}

export interface SourceSuite {
  readonly name: string;
  readonly features: SourceFeatures;
  readonly make: () => Promise<SourceFixture>;
}

/** TypeScript declares WebAssembly for browsers only. */
const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: { readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer } } };

const ROOT = "" as ByteString;
const BLOCK = 65_536;
const bytes = byteStringOf;

function fileItem(path: string, content = "", more: Partial<SuiteItem> = {}): SuiteItem {
  return { path: bytes(path), kind: ENTRY_KIND.file, content: Buffer.from(content), ...more };
}

function directoryItem(path: string): SuiteItem {
  return { path: bytes(path), kind: ENTRY_KIND.directory };
}

async function listed(source: Source, directory: ByteString = ROOT): Promise<SourceNode[]> {
  const nodes: SourceNode[] = [];
  for await (const batch of source.list(directory)) nodes.push(...batch);
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function nodeAt(source: Source, directory: string, name: string): Promise<SourceNode> {
  const node = (await listed(source, bytes(directory))).find((one) => one.name === bytes(name));
  assert.ok(node !== undefined, `${name} is listed`);
  return copyOf(node);
}

async function fails(codes: readonly ErrorCode[], work: () => unknown): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error) => isAppError(error, ...codes),
  );
}

async function readAll(content: OpenContent, step: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let position = 0; ; ) {
    const into = new Uint8Array(step);
    const got = await content.read(into, position);
    if (got === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(into.subarray(0, got)));
    position += got;
  }
}

/** What every source and its reader do, whatever is behind them. */
export function sourceSuite(suite: SourceSuite): void {
  describe(`source: ${suite.name}`, () => {
    listingTests(suite);
    changeTests(suite);
  });
  describe(`reader: ${suite.name}`, () => {
    readerTests(suite);
  });
  describe(`details: ${suite.name}`, () => {
    detailTests(suite);
  });
}

function listingTests({ make, features }: SourceSuite): void {
  test("root() is a directory that stays the same node", async () => {
    await using fixture = await make();
    const before = copyOf(await fixture.source.root());
    await fixture.put(fileItem("new", "x"));
    const after = await fixture.source.root();
    assert.equal(after.kind, ENTRY_KIND.directory);
    assert.equal(after.nodeId, before.nodeId);
    assert.notEqual(after.changeToken, before.changeToken);
  });

  test("list() yields each entry once, with its kind and size, and no dot entries", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("folder"));
    await fixture.put(fileItem("folder/inner", "12345"));
    await fixture.put(fileItem("empty"));
    const top = await listed(fixture.source);
    assert.deepEqual(top.map(({ name, kind }) => [name, kind]), [["empty", ENTRY_KIND.file], ["folder", ENTRY_KIND.directory]]);
    assert.deepEqual((await listed(fixture.source, bytes("folder"))).map(({ name, size }) => [name, size]), [["inner", 5]]);
  });

  test("list() yields nothing for an empty directory", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("folder"));
    assert.deepEqual(await listed(fixture.source, bytes("folder")), []);
  });

  test("list() is complete and its batches have at most 1,000 nodes when a directory is large", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("large"));
    const names = Array.from({ length: 2345 }, (_, at) => `f${at}`);
    await fixture.putNames(bytes("large"), names);
    const found: string[] = [];
    for await (const batch of fixture.source.list(bytes("large"))) {
      assert.ok(batch.length <= 1000, `${batch.length} nodes`);
      found.push(...batch.map(({ name }) => name));
    }
    assert.deepEqual(found.toSorted(), names.toSorted());
  });

  test("list() of two directories at once, or of one twice, does not mix them up", async () => {
    await using fixture = await make();
    for (const folder of ["a", "b"]) {
      await fixture.put(directoryItem(folder));
      await fixture.putNames(bytes(folder), Array.from({ length: 1200 }, (_, at) => `${folder}${at}`));
    }
    const [one, same, other] = await Promise.all([listed(fixture.source, bytes("a")), listed(fixture.source, bytes("a")), listed(fixture.source, bytes("b"))]);
    assert.deepEqual(one.map(({ name }) => name), same.map(({ name }) => name));
    assert.equal(one.length, 1200);
    assert.ok(other.every(({ name }) => name.startsWith("b")));
    const nested: number[] = [];
    for await (const batch of fixture.source.list(bytes("a"))) nested.push(batch.length, (await listed(fixture.source, bytes("a"))).length);
    assert.equal(nested.filter((_, at) => at % 2 === 0).reduce((sum, count) => sum + count, 0), 1200);
    assert.ok(nested.every((count, at) => at % 2 === 0 || count === 1200));
  });

  test("list() keeps what a node says after later listings", async () => {
    await using fixture = await make();
    await fixture.putNames(ROOT, Array.from({ length: 600 }, (_, at) => `n${at}`));
    for (let at = 0; at < 30; at += 1) await fixture.put(fileItem(`f${at}`, "x".repeat(at)));
    const first = await listed(fixture.source);
    const sizes = first.map(copyOf);
    for (let at = 0; at < 3; at += 1) await listed(fixture.source);
    assert.deepEqual(first.map(copyOf), sizes);
    assert.equal(sizes.find(({ name }) => name === bytes("f29"))?.size, 29);
  });

  test("list() fails when the directory is not there, and when it is a file", async () => {
    await using fixture = await make();
    await fixture.put(fileItem("file"));
    await fails(["E_SOURCE_CHANGED"], () => listed(fixture.source, bytes("nothing")));
    await fails(["E_SOURCE_CHANGED"], () => listed(fixture.source, bytes("file")));
  });

  test("list() does not go through a symlink, neither last nor on the way", { skip: !features.symlinks }, async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("real"));
    await fixture.put(directoryItem("real/inner"));
    await fixture.put({ path: bytes("link"), kind: ENTRY_KIND.symlink, linkTarget: bytes("real") });
    await fails(["E_SOURCE_CHANGED"], () => listed(fixture.source, bytes("link")));
    await fails(["E_SOURCE_CHANGED"], () => listed(fixture.source, bytes("link/inner")));
  });

  test("list() rejects with the signal's reason when it is aborted", async () => {
    await using fixture = await make();
    await fixture.put(fileItem("file"));
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(async () => {
      for await (const _ of fixture.source.list(ROOT, { signal }));
    }, /enough/);
  });

  test("list() gives names as the bytes they are", { skip: !features.byteNames }, async () => {
    await using fixture = await make();
    const names = [bytes("a\nb"), bytes("\u00e4\u65e5"), toByteString(Uint8Array.of(0xff, 0xfe)), bytes("n".repeat(255))];
    for (const name of names) await fixture.put({ path: name, kind: ENTRY_KIND.file });
    assert.deepEqual((await listed(fixture.source)).map(({ name }) => name), names.toSorted());
  });

  test("ownerNames() gives text for any numbers", async () => {
    await using fixture = await make();
    const { user, group } = fixture.source.ownerNames(0, 4_000_000_000);
    assert.equal(typeof user, "string");
    assert.equal(group, "");
  });
}

function changeTests({ make, features }: SourceSuite): void {
  test("the change token differs after content, mode or name changed, and only then", async () => {
    await using fixture = await make();
    await fixture.put(fileItem("file", "one"));
    await fixture.put(fileItem("other", "one"));
    const first = await nodeAt(fixture.source, "", "file");
    await fixture.put(fileItem("other", "two"));
    assert.equal((await nodeAt(fixture.source, "", "file")).changeToken, first.changeToken);
    await fixture.put(fileItem("file", "two", { modifiedNs: first.modifiedNs }));
    const second = await nodeAt(fixture.source, "", "file");
    assert.equal(second.modifiedNs, first.modifiedNs);
    assert.notEqual(second.changeToken, first.changeToken);
    await fixture.put(fileItem("file", "two", { mode: 0o600, modifiedNs: first.modifiedNs }));
    assert.notEqual((await nodeAt(fixture.source, "", "file")).changeToken, second.changeToken);
  });

  test("a node keeps its id when it is renamed or moved, and no two share one", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("folder"));
    await fixture.put(fileItem("file", "x"));
    await fixture.put(fileItem("other", "x"));
    const before = await nodeAt(fixture.source, "", "file");
    const folder = await nodeAt(fixture.source, "", "folder");
    await fixture.rename(bytes("file"), bytes("folder/moved"));
    await fixture.rename(bytes("folder"), bytes("renamed"));
    assert.equal((await nodeAt(fixture.source, "renamed", "moved")).nodeId, before.nodeId);
    assert.equal((await nodeAt(fixture.source, "", "renamed")).nodeId, folder.nodeId);
    const ids = [(await fixture.source.root()).nodeId, folder.nodeId, before.nodeId, (await nodeAt(fixture.source, "", "other")).nodeId];
    assert.equal(new Set(ids).size, ids.length);
  });

  test("names of one hard link share node id and count", { skip: !features.hardLinks }, async () => {
    await using fixture = await make();
    await fixture.put(fileItem("first", "x"));
    await fixture.link(bytes("first"), bytes("second"));
    const [first, second] = [await nodeAt(fixture.source, "", "first"), await nodeAt(fixture.source, "", "second")];
    assert.equal(first.nodeId, second.nodeId);
    assert.deepEqual([first.links, second.links], [2, 2]);
  });

  test("times are exact, also before 1970 and after 2038", async () => {
    await using fixture = await make();
    const step = features.timeStepNs;
    const times = [-1_234_567_891n, 0n, 1_767_323_045_678_901_234n, 4_102_444_800_999_999_999n].map((ns) => ns - (((ns % step) + step) % step));
    for (const [at, modifiedNs] of times.entries()) await fixture.put(fileItem(`f${at}`, "x", { modifiedNs }));
    assert.deepEqual((await listed(fixture.source)).map(({ modifiedNs }) => modifiedNs), times);
  });
}

function readerTests({ make, features }: SourceSuite): void {
  test("read() gives the content at any position and 0 at the end", async () => {
    await using fixture = await make();
    const content = Buffer.from(Array.from({ length: 100_003 }, (_, at) => at % 251));
    await fixture.put({ ...fileItem("file"), content });
    const reader = await fixture.openReader();
    const open = await reader.open(ROOT, bytes("file"));
    assert.deepEqual(await readAll(open, 7919), content);
    const middle = new Uint8Array(10);
    assert.equal(await open.read(middle, 50_000), 10);
    assert.deepEqual(Buffer.from(middle), content.subarray(50_000, 50_010));
    assert.equal(await open.read(middle, content.length), 0);
    await open.close();
    await reader.close();
  });

  test("read() fills memory of WebAssembly", async () => {
    await using fixture = await make();
    await fixture.put(fileItem("file", "into WASM"));
    const reader = await fixture.openReader();
    const open = await reader.open(ROOT, bytes("file"));
    const memory = new wasm.Memory({ initial: 1 });
    assert.equal(await open.read(new Uint8Array(memory.buffer, 1000, 100), 0), 9);
    assert.equal(Buffer.from(memory.buffer, 1000, 9).toString(), "into WASM");
    await open.close();
    await reader.close();
  });

  test("stat() tells that the file changed between two calls", async () => {
    await using fixture = await make();
    await fixture.put(fileItem("file", "before"));
    const reader = await fixture.openReader();
    const open = await reader.open(ROOT, bytes("file"));
    const first = copyOf(await open.stat());
    assert.deepEqual([first.name, first.size, first.nodeId], ["file", 6, (await nodeAt(fixture.source, "", "file")).nodeId]);
    await open.read(new Uint8Array(3), 0);
    assert.equal((await open.stat()).changeToken, first.changeToken);
    await fixture.put(fileItem("file", "and after"));
    const second = copyOf(await open.stat());
    assert.notEqual(second.changeToken, first.changeToken);
    assert.equal(second.size, 9);
    await open.close();
    await reader.close();
  });

  test("open() refuses what is not there or no regular file", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("folder"));
    await fixture.put(fileItem("folder/target"));
    if (features.symlinks) await fixture.put({ path: bytes("link"), kind: ENTRY_KIND.symlink, linkTarget: bytes("folder/target") });
    if (features.specials) await fixture.put({ path: bytes("fifo"), kind: ENTRY_KIND.fifo });
    const reader = await fixture.openReader();
    for (const name of ["nothing", "folder", "link", "fifo"]) await fails(["E_SOURCE_CHANGED"], () => reader.open(ROOT, bytes(name)));
    await fails(["E_SOURCE_CHANGED"], () => reader.open(bytes("nothing"), bytes("target")));
    await reader.close();
  });

  test("open() works for more directories than handles are kept", async () => {
    await using fixture = await make();
    for (let at = 0; at < 80; at += 1) {
      await fixture.put(directoryItem(`d${at}`));
      await fixture.put(fileItem(`d${at}/file`, `content ${at}`));
    }
    const reader = await fixture.openReader();
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < 80; at += 1) {
        const open = await reader.open(bytes(`d${at}`), bytes("file"));
        assert.equal((await readAll(open, 100)).toString(), `content ${at}`);
        await open.close();
      }
    }
    await reader.close();
  });

  test("extents() are the data of a sparse file, and undefined for one without holes", { skip: !features.holes }, async () => {
    await using fixture = await make();
    const extents = [{ offset: BLOCK, length: BLOCK }, { offset: 4 * BLOCK, length: 2 * BLOCK }];
    const content = new Uint8Array(8 * BLOCK);
    for (const { offset, length } of extents) content.fill(1, offset, offset + length);
    await fixture.put({ path: bytes("sparse"), kind: ENTRY_KIND.file, content, extents });
    await fixture.put({ path: bytes("hole"), kind: ENTRY_KIND.file, content: new Uint8Array(BLOCK), extents: [] });
    await fixture.put(fileItem("whole", "data"));
    const reader = await fixture.openReader();
    const found: (readonly Extent[] | undefined)[] = [];
    for (const name of ["sparse", "hole", "whole"]) {
      const open = await reader.open(ROOT, bytes(name));
      await open.stat();
      found.push(await open.extents());
      await open.close();
    }
    assert.deepEqual(found, [extents, [], undefined]);
    const { size, allocatedBytes } = await nodeAt(fixture.source, "", "sparse");
    assert.ok(allocatedBytes < size);
    await reader.close();
  });
}

function detailTests({ make, features }: SourceSuite): void {
  const attributes = [
    { name: bytes("user.empty"), value: new Uint8Array(0) },
    { name: bytes("user.large"), value: new Uint8Array(2000).fill(7) },
    { name: bytes("user.text"), value: new Uint8Array(Buffer.from("a\0b")) },
  ];
  const sorted = (found: readonly { readonly name: ByteString; readonly value: Uint8Array }[]): unknown =>
    found.map(({ name, value }) => ({ name, value: new Uint8Array(value) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));

  test("details() of files and directories are their attributes", { skip: !features.attributes }, async () => {
    await using fixture = await make();
    for (const [name, kind] of [["file", ENTRY_KIND.file], ["folder", ENTRY_KIND.directory]] as const) {
      await fixture.put({ path: bytes(name), kind, attributes });
      const details = await fixture.source.details(ROOT, bytes(name), kind);
      assert.deepEqual(sorted(details.attributes), attributes);
      assert.equal(details.linkTarget, "");
    }
    const reader = await fixture.openReader();
    const open = await reader.open(ROOT, bytes("file"));
    assert.deepEqual(sorted((await open.details()).attributes), attributes);
    await open.close();
    await reader.close();
  });

  test("details() of an item without attributes, and of the root, are empty", async () => {
    await using fixture = await make();
    await fixture.put(directoryItem("folder"));
    await fixture.put(fileItem("folder/file"));
    const none = { attributes: [], linkTarget: "" };
    assert.deepEqual(await fixture.source.details(bytes("folder"), bytes("file"), ENTRY_KIND.file), none);
    assert.deepEqual(await fixture.source.details(ROOT, ROOT, ENTRY_KIND.directory), none);
  });

  test("details() of a symlink is its target, byte for byte", { skip: !features.symlinks }, async () => {
    await using fixture = await make();
    for (const linkTarget of [bytes("/absolute/../x"), bytes("no such thing"), toByteString(Uint8Array.of(0xff, 0x0a))]) {
      await fixture.put({ path: bytes("link"), kind: ENTRY_KIND.symlink, linkTarget });
      assert.equal((await fixture.source.details(ROOT, bytes("link"), ENTRY_KIND.symlink)).linkTarget, linkTarget);
      await fixture.remove(bytes("link"));
    }
  });

  test("details() fails when the item is gone", async () => {
    await using fixture = await make();
    await fails(["E_SOURCE_CHANGED"], () => fixture.source.details(ROOT, bytes("gone"), ENTRY_KIND.file));
    await fails(["E_SOURCE_CHANGED"], () => fixture.source.details(joinPath(bytes("no"), bytes("such")), bytes("gone"), ENTRY_KIND.file));
  });
}
