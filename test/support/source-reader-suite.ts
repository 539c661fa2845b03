import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENTRY_KIND, type Extent } from "../../src/format/entry.ts";
import { byteStringOf, joinPath, toByteString, type ByteString } from "../../src/shared/bytes.ts";
import { copyOf } from "./copy-tree.ts";
import { directoryItem, fails, fileItem, nodeAt, readAll, ROOT, type SourceSuite } from "./source-fixture.ts";

/** TypeScript declares WebAssembly for browsers only. */
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer } };
};

const BLOCK = 65_536;
const bytes = byteStringOf;

/** What every source gives of one item: content, holes, attributes, link target. */
export function sourceReaderSuite(suite: SourceSuite): void {
  describe(`reader: ${suite.name}`, () => {
    readerTests(suite);
    openTests(suite);
  });
  describe(`details: ${suite.name}`, () => {
    detailTests(suite);
  });
}

function readerTests({ make }: SourceSuite): void {
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
}

function openTests({ make, features }: SourceSuite): void {
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
    const extents = [
      { offset: BLOCK, length: BLOCK },
      { offset: 4 * BLOCK, length: 2 * BLOCK },
    ];
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
    for (const [name, kind] of [
      ["file", ENTRY_KIND.file],
      ["folder", ENTRY_KIND.directory],
    ] as const) {
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
