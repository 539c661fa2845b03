import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { byName, childrenArbitrary, fileRow, listed } from "../../test/support/catalog-fixture.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import { compareDirectory, type ListedNode } from "./compare.ts";
import { ListingStamper } from "./listing-stamp.ts";
import type { NodeRow } from "./node-store.ts";

function isUnchanged(listing: readonly ListedNode[], rows: readonly NodeRow[]): boolean {
  const { verdicts, vanished } = compareDirectory(listing, rows);
  return vanished.length === 0 && verdicts.every((verdict) => verdict === "unchanged");
}

describe("ListingStamper", () => {
  it("gives a listing and rows the same stamp when compareDirectory() finds nothing between them, and only then", async () => {
    const stamper = await ListingStamper.create();
    const pairs = fc.tuple(childrenArbitrary(1n, 12), childrenArbitrary(1n, 12), fc.nat(), fc.boolean());
    fc.assert(
      fc.property(pairs, ([one, other, at, keep]) => {
        const rows = one.toSorted(byName);
        // Much the same as the rows, or all of it.
        const swapped = rows.map((row, index) => (!keep && index === at % rows.length ? { ...(other[0] ?? row), name: row.name } : row));
        const listing = swapped.map(listed);
        assert.equal(stamper.ofNodes(listing) === stamper.ofRows(rows), isUnchanged(listing, rows));
        const another = other.toSorted(byName).map(listed);
        assert.equal(stamper.ofNodes(another) === stamper.ofRows(rows), isUnchanged(another, rows));
      }),
    );
  });

  it("tells each fact, its place and the borders of names", async () => {
    const stamper = await ListingStamper.create();
    const base = fileRow(1n, "a", { id: 5n });
    const lists: readonly (readonly NodeRow[])[] = [
      [],
      [base],
      [{ ...base, name: fileRow(1n, "b").name }],
      [{ ...base, id: 6n }],
      [{ ...base, id: 2n ** 64n - 5n }],
      [{ ...base, kind: ENTRY_KIND.directory }],
      [{ ...base, size: 11 }],
      [{ ...base, size: 2 ** 53 - 1 }],
      [{ ...base, modifiedNs: base.modifiedNs + 1n }],
      [{ ...base, changeToken: 0n }],
      [{ ...base, changeToken: -1n }],
      [base, fileRow(1n, "bc", { id: 5n }), fileRow(1n, "d", { id: 5n })],
      [base, fileRow(1n, "b", { id: 5n }), fileRow(1n, "cd", { id: 5n })],
    ];
    const stamps = lists.map((rows) => stamper.ofRows(rows));
    assert.equal(new Set(stamps).size, lists.length);
    assert.deepEqual(
      lists.map((rows) => stamper.ofNodes(rows.map(listed))),
      stamps,
    );
    // What has no part in a comparison has none here.
    assert.equal(stamper.ofRows([{ ...base, xorHash: 99n, parent: 8n }]), stamps[1]);
  });

  it("takes directories of any size", async () => {
    const stamper = await ListingStamper.create();
    const rows = Array.from({ length: 5000 }, (_, at) => fileRow(1n, `file ${String(at).padStart(4, "0")}`, { id: BigInt(at) }));
    assert.equal(stamper.ofNodes(rows.map(listed)), stamper.ofRows(rows));
    assert.notEqual(stamper.ofNodes(rows.slice(1).map(listed)), stamper.ofRows(rows));
  });
});
