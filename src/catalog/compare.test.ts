import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ENTRY_KIND } from "../format/entry.ts";
import { byName, childrenArbitrary, directoryNode, fileRow, nameArbitrary, listed } from "../../test/support/catalog-fixture.ts";
import { compareDirectory, type NodeVerdict } from "./compare.ts";
import type { NodeRow } from "./node-store.ts";

const file = (name: string, facts: Partial<Omit<NodeRow, "name" | "parent">> = {}): NodeRow => fileRow(1n, name, facts);

/** Verdict of one node against one row that differs from it. */
function verdictOf(node: NodeRow, row: NodeRow): NodeVerdict | undefined {
  return compareDirectory([listed(node)], [row]).verdicts[0];
}

describe("compareDirectory()", () => {
  it("finds everything unchanged when the listing equals the rows, in any order and for any number", () => {
    fc.assert(
      fc.property(childrenArbitrary(1n, 60), fc.infiniteStream(fc.nat()), (rows, numbers) => {
        const shuffled = rows.map((row) => ({ row, at: numbers.next().value as number })).sort((a, b) => a.at - b.at);
        const result = compareDirectory(
          shuffled.map(({ row }) => listed(row)),
          [...rows].sort(byName),
        );
        assert.ok(result.verdicts.every((verdict) => verdict === "unchanged"));
        assert.deepEqual(
          result.rows,
          shuffled.map(({ row }) => row),
        );
        assert.deepEqual(result.vanished, []);
      }),
    );
  });

  it("says changed when any fact but the name differs", () => {
    const row = file("a");
    const changes: Partial<NodeRow>[] = [{ id: 2n }, { kind: ENTRY_KIND.symlink }, { size: 11 }, { modifiedNs: 1n }, { changeToken: 1n }];
    for (const change of changes) assert.equal(verdictOf({ ...row, ...change }, row), "changed");
    assert.equal(verdictOf({ ...row, xorHash: 0n }, row), "unchanged");
  });

  it("says renamed-here when the id had another name, and gives that row", () => {
    const [old, kept] = [file("old", { id: 5n }), file("kept", { id: 6n })];
    const result = compareDirectory([listed(kept), listed({ ...old, name: file("new").name, changeToken: 9n })], [kept, old]);
    assert.deepEqual(result, { verdicts: ["unchanged", "renamed-here"], rows: [kept, old], vanished: [] });
  });

  it("says new when a file with a known id has another size or time, or when the kind differs", () => {
    const old = file("old", { id: 5n });
    for (const change of [{ size: 11 }, { modifiedNs: 1n }, { kind: ENTRY_KIND.fifo }]) {
      const result = compareDirectory([listed({ ...old, ...change, name: file("new").name })], [old]);
      assert.deepEqual([result.verdicts, result.rows, result.vanished], [["new"], [undefined], [old]]);
    }
  });

  it("says renamed-here of a directory whatever its size and time", () => {
    const old = directoryNode(1n, "old", 5n);
    const result = compareDirectory([listed({ ...old, name: file("new").name, size: 1, modifiedNs: 1n })], [old]);
    assert.deepEqual(result.verdicts, ["renamed-here"]);
  });

  it("says changed, not renamed-here, when a node took the name of another", () => {
    const [a, b] = [file("a", { id: 1n }), file("b", { id: 2n })];
    const result = compareDirectory([listed({ ...b, name: a.name })], [a, b]);
    assert.deepEqual([result.verdicts, result.rows, result.vanished], [["changed"], [a], [b]]);
  });

  it("uses each former name of a hard-linked file once", () => {
    const links = ["a", "b"].map((name) => file(name, { id: 5n }));
    const nodes = ["x", "y", "z"].map((name) => listed(file(name, { id: 5n })));
    const result = compareDirectory(nodes, links);
    assert.deepEqual(result.verdicts, ["renamed-here", "renamed-here", "new"]);
    assert.deepEqual([result.rows, result.vanished], [[...links, undefined], []]);
  });

  it("accounts for every row and every node exactly once, whatever both hold", () => {
    const names = fc.uniqueArray(nameArbitrary, { maxLength: 40 });
    fc.assert(
      fc.property(names, names, fc.array(fc.bigInt({ min: 0n, max: 6n }), { minLength: 80, maxLength: 80 }), (before, now, ids) => {
        const rows = before.map((name, at) => ({ ...file(""), name, id: ids[at] ?? 0n })).sort(byName);
        const nodes = now.map((name, at) => ({ ...listed(file("")), name, nodeId: ids[40 + at] ?? 0n }));
        const result = compareDirectory(nodes, rows);
        const used = result.rows.filter((row) => row !== undefined);
        assert.equal(new Set([...used, ...result.vanished]).size, rows.length);
        assert.equal(used.length + result.vanished.length, rows.length);
        for (const [at, node] of nodes.entries()) {
          const sameName = rows.find((row) => row.name === node.name);
          assert.equal(result.verdicts[at] === "unchanged" || result.verdicts[at] === "changed", sameName !== undefined);
          assert.equal(result.verdicts[at] === "new", result.rows[at] === undefined);
          if (result.verdicts[at] === "renamed-here") assert.equal(result.rows[at]?.id, node.nodeId);
        }
      }),
    );
  });
});
