import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyEntries, fileEntry } from "../../test/support/arbitrary-entry.ts";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { fromByteString, toHex } from "../shared/bytes.ts";
import type { ByteString } from "../shared/bytes.ts";
import { must } from "../shared/assert.ts";
import type { ChunkRef, Entry } from "./entry.ts";
import { decodePage, encodeDirectory, nameHash } from "./page.ts";

/** A store of pages in memory, whose ids are plain counters or, for sharing, contents. */
class Pages {
  readonly all: Uint8Array[] = [];
  readonly store = (page: Uint8Array): ChunkRef => {
    const id = new Uint8Array(32);
    new DataView(id.buffer).setUint32(0, this.all.push(page) - 1);
    return { id, length: page.length };
  };

  get(ref: ChunkRef): Uint8Array {
    return must(this.all[new DataView(ref.id.buffer, ref.id.byteOffset).getUint32(0)], "the page was stored");
  }

  /** All entries below a page; checks levels, first names and counts on the way. */
  read(ref: ChunkRef, expectedLevel?: number): readonly Entry[] {
    const page = decodePage(this.get(ref));
    const level = page.kind === "leaf" ? 0 : page.level;
    if (expectedLevel !== undefined) assert.equal(level, expectedLevel);
    if (page.kind === "leaf") return page.entries;
    return page.children.flatMap((child) => {
      const entries = this.read(child.ref, page.level - 1);
      assert.equal(entries[0]?.name, child.firstName);
      assert.equal(entries.length, child.entryCount);
      return entries;
    });
  }
}

function numbered(count: number, suffix = ""): Entry[] {
  return Array.from({ length: count }, (_, index) => fileEntry(`${String(index).padStart(7, "0")}${suffix}`));
}

test("decodePage() gives back exactly the entries that encodeDirectory() wrote", () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const pages = new Pages();
      assert.deepEqual(pages.read(encodeDirectory(entries, pages.store)), entries);
    }),
  );
});

test("decodePage() throws E_CORRUPT or gives well-formed entries when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyEntries, fc.array(anyDamage, { minLength: 1, maxLength: 3 }), (entries, damages) => {
      const pages = new Pages();
      encodeDirectory(entries, pages.store);
      const bytes = damages.reduce(damage, must(pages.all[0], "a page"));
      const page = decodesOrRefuses(() => decodePage(bytes));
      if (page?.kind !== "leaf") return;
      // What is accepted can be written again: it has all the properties of a directory.
      encodeDirectory(page.entries, new Pages().store);
    }),
    { numRuns: 2000 },
  );
});

test("decodePage() reads a page that starts at an odd address", () => {
  const pages = new Pages();
  encodeDirectory(numbered(3), pages.store);
  const [page = new Uint8Array()] = pages.all;
  const shifted = new Uint8Array(page.length + 3);
  shifted.set(page, 3);
  assert.deepEqual(decodePage(shifted.subarray(3)), decodePage(page));
  // The slice() of a Buffer does not copy: it must not be relied on.
  assert.deepEqual(decodePage(Buffer.from(shifted.buffer).subarray(3)), decodePage(page));
});

test("encodeDirectory() writes one page for a small and for an empty directory", () => {
  for (const count of [0, 1, 512]) {
    const pages = new Pages();
    const root = encodeDirectory(numbered(count), pages.store);
    assert.equal(pages.all.length, 1);
    assert.equal(pages.read(root).length, count);
  }
});

test("encodeDirectory() gives equal bytes for equal entries", () => {
  const first = new Pages();
  const second = new Pages();
  encodeDirectory(numbered(3000), first.store);
  encodeDirectory(numbered(3000), second.store);
  assert.deepEqual(first.all, second.all);
});

test("encodeDirectory() gives pages of their own, also when store encodes another directory meanwhile", () => {
  const expected = new Pages();
  encodeDirectory(numbered(1000), expected.store);
  const inner = new Pages();
  const pages = new Pages();
  encodeDirectory(numbered(1000), (page) => {
    encodeDirectory(numbered(700, "other"), inner.store);
    return pages.store(page);
  });
  encodeDirectory(numbered(900), new Pages().store);
  assert.deepEqual(pages.all, expected.all);
});

test("encodeDirectory() rewrites one leaf and the root when one name is added to a large directory", () => {
  const before = numbered(20_000);
  const after = [...before, fileEntry("0010000x")].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const first = new Pages();
  const second = new Pages();
  encodeDirectory(before, first.store);
  encodeDirectory(after, second.store);
  const known = new Set(first.all.map(toHex));
  // Two leaves when the new name itself happens to be a cut.
  const fresh = second.all.filter((page) => !known.has(toHex(page)));
  assert.ok(first.all.length > 20);
  assert.ok(fresh.length <= 3, `${fresh.length} pages are new`);
});

test("encodeDirectory() keeps the number of entries in a leaf between its limits", () => {
  const pages = new Pages();
  encodeDirectory(numbered(30_000), pages.store);
  const sizes = pages.all.map((page) => decodePage(page)).flatMap((page) => (page.kind === "leaf" ? [page.entries.length] : []));
  assert.ok(sizes.slice(0, -1).every((size) => size >= 64));
  assert.ok(sizes.every((size) => size <= 4096));
});

test("encodeDirectory() cuts a page by its length when entries are large", () => {
  const pages = new Pages();
  const big = numbered(10).map((entry) => ({ ...entry, content: { ids: new Uint8Array(32 * 10_000), lengths: new Uint32Array(10_000) } }));
  const root = encodeDirectory(big, pages.store);
  assert.ok(pages.all.length > 2);
  assert.ok(pages.all.every((page) => page.length < 1_300_000));
  assert.deepEqual(pages.read(root), big);
});

test("encodeDirectory() builds several levels of inner pages for a very large directory", () => {
  const entries: Entry[] = [];
  for (let leaf = 0; leaf < 520; leaf += 1) {
    // A leaf whose first name is a cut as well ends an inner page, so there are two of them and one above.
    entries.push(fileEntry(leaf === 200 ? cuttingName("0200-!") : `${String(leaf).padStart(4, "0")}-!`));
    for (let i = 0; i < 62; i += 1) entries.push(fileEntry(`${String(leaf).padStart(4, "0")}-${String(i).padStart(2, "0")}`));
    entries.push(fileEntry(cuttingName(`${String(leaf).padStart(4, "0")}-z`)));
  }
  const pages = new Pages();
  const root = encodeDirectory(entries, pages.store);
  const top = decodePage(pages.get(root));
  assert.equal(top.kind === "inner" ? top.level : 0, 2);
  assert.equal(pages.read(root).length, entries.length);
});

/** A name that begins with `prefix` and ends a page. */
function cuttingName(prefix: string): string {
  for (let i = 0; ; i += 1) {
    const name = `${prefix}${i}`;
    if ((nameHash(name as ByteString) & 511) === 0) return name;
  }
}

test("encodeDirectory() refuses names that are out of order, doubled or impossible", () => {
  for (const names of [["b", "a"], ["a", "a"], [""], ["."], [".."], ["a/b"], ["a\0"]]) {
    assert.throws(
      () =>
        encodeDirectory(
          names.map((name) => fileEntry(name)),
          new Pages().store,
        ),
      /invariant broken/,
    );
  }
});

test("decodePage() refuses names that are out of order, doubled or impossible", () => {
  for (const [a, b] of [
    ["ccc", "bbb"],
    ["bbb", "bbb"],
    ["a/b", "bbb"],
    ["a\0b", "bbb"],
  ] as const) {
    const pages = new Pages();
    encodeDirectory([fileEntry("aaa"), fileEntry("bbb")], pages.store);
    const page = Buffer.from(must(pages.all[0], "a page"));
    fromByteString(a as ByteString).copy(page, page.indexOf("aaa"));
    fromByteString(b as ByteString).copy(page, page.lastIndexOf("bbb"));
    refuses(() => decodePage(page), /ascending|impossible name/);
  }
});

test("nameHash() stays what it is, because pages are cut by it", () => {
  assert.deepEqual(
    ["", "a", "file.txt"].map((name) => nameHash(name as ByteString)),
    [2786964252, 3910565007, 529339374],
  );
});
