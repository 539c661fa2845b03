import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENTRY_KIND } from "../../src/format/entry.ts";
import { byteStringOf, toByteString } from "../../src/shared/bytes.ts";
import { copyOf } from "./copy-tree.ts";
import { directoryItem, fails, fileItem, listed, nodeAt, ROOT, type SourceSuite } from "./source-fixture.ts";

const bytes = byteStringOf;

/** What every source shows of a tree, and how it shows that something changed. */
export function sourceListingSuite(suite: SourceSuite): void {
  describe(`source: ${suite.name}`, () => {
    listingTests(suite);
    listingEdgeTests(suite);
    listingRefusalTests(suite);
    changeTests(suite);
  });
}

function listingTests({ make }: SourceSuite): void {
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
    assert.deepEqual(
      top.map(({ name, kind }) => [name, kind]),
      [
        ["empty", ENTRY_KIND.file],
        ["folder", ENTRY_KIND.directory],
      ],
    );
    assert.deepEqual(
      (await listed(fixture.source, bytes("folder"))).map(({ name, size }) => [name, size]),
      [["inner", 5]],
    );
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
}

function listingEdgeTests({ make }: SourceSuite): void {
  test("list() of two directories at once, or of one twice, does not mix them up", async () => {
    await using fixture = await make();
    for (const folder of ["a", "b"]) {
      await fixture.put(directoryItem(folder));
      await fixture.putNames(
        bytes(folder),
        Array.from({ length: 1200 }, (_, at) => `${folder}${at}`),
      );
    }
    const [one, same, other] = await Promise.all([
      listed(fixture.source, bytes("a")),
      listed(fixture.source, bytes("a")),
      listed(fixture.source, bytes("b")),
    ]);
    assert.deepEqual(
      one.map(({ name }) => name),
      same.map(({ name }) => name),
    );
    assert.equal(one.length, 1200);
    assert.ok(other.every(({ name }) => name.startsWith("b")));
    const nested: number[] = [];
    for await (const batch of fixture.source.list(bytes("a"))) nested.push(batch.length, (await listed(fixture.source, bytes("a"))).length);
    assert.equal(
      nested.filter((_, at) => at % 2 === 0).reduce((sum, count) => sum + count, 0),
      1200,
    );
    assert.ok(nested.every((count, at) => at % 2 === 0 || count === 1200));
  });

  test("list() keeps what a node says after later listings", async () => {
    await using fixture = await make();
    await fixture.putNames(
      ROOT,
      Array.from({ length: 600 }, (_, at) => `n${at}`),
    );
    for (let at = 0; at < 30; at += 1) await fixture.put(fileItem(`f${at}`, "x".repeat(at)));
    const first = await listed(fixture.source);
    const sizes = first.map(copyOf);
    for (let at = 0; at < 3; at += 1) await listed(fixture.source);
    assert.deepEqual(first.map(copyOf), sizes);
    assert.equal(sizes.find(({ name }) => name === bytes("f29"))?.size, 29);
  });
}

function listingRefusalTests({ make, features }: SourceSuite): void {
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
    assert.deepEqual(
      (await listed(fixture.source)).map(({ name }) => name),
      names.toSorted(),
    );
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
    const times = [-1_234_567_891n, 0n, 1_767_323_045_678_901_234n, 4_102_444_800_999_999_999n].map(
      (ns) => ns - (((ns % step) + step) % step),
    );
    for (const [at, modifiedNs] of times.entries()) await fixture.put(fileItem(`f${at}`, "x", { modifiedNs }));
    assert.deepEqual(
      (await listed(fixture.source)).map(({ modifiedNs }) => modifiedNs),
      times,
    );
  });
}
