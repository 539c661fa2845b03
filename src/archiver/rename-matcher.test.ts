import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryNode, fileRow } from "../../test/support/catalog-fixture.ts";
import type { NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { MemoryTree, toSourceNode } from "../source/memory/memory-tree.ts";
import type { SourceNode } from "../source/source.ts";
import { DirectoryWork } from "./directory-work.ts";
import { DEFERRED_FILES_MAX, LOST_FILES_MAX, RenameMatcher } from "./rename-matcher.ts";

const root = toSourceNode(byteStringOf(""), new MemoryTree().root);
const work = new DirectoryWork(root, { parent: undefined, entryChanged: false });

/** The node that a row describes, under a name. */
function nodeOf({ id, kind, size, modifiedNs }: NodeRow, name: string, changes: Partial<SourceNode> = {}): SourceNode {
  return { ...root, name: byteStringOf(name), nodeId: id, kind, size, modifiedNs, ...changes };
}

interface Told {
  readonly renamed: readonly string[];
  readonly fresh: readonly string[];
  readonly gone: number;
}

function told(matcher: RenameMatcher): Told {
  const { renamed, fresh, gone } = matcher.match();
  return {
    renamed: renamed.map(({ row, node }) => `${row.name} -> ${node.name}`),
    fresh: fresh.map(({ node, action }) => `${action} ${node.name}`),
    gone,
  };
}

const appeared = (node: SourceNode, more: { row?: NodeRow; replaced?: ReturnType<RenameMatcher["replace"]> } = {}) =>
  ({ work, node, row: more.row, replaced: more.replaced }) as const;

test("RenameMatcher pairs what vanished with what appeared by id, size and modification time", () => {
  const row = fileRow(1n, "old", { id: 5n });
  const others = [{ nodeId: 6n }, { size: row.size + 1 }, { modifiedNs: row.modifiedNs + 1n }, { kind: ENTRY_KIND.symlink }];
  for (const change of others) {
    const matcher = new RenameMatcher();
    matcher.defer(appeared(nodeOf(row, "new", change)));
    matcher.vanish(row);
    assert.deepEqual(told(matcher), { renamed: [], fresh: ["new new"], gone: 1 });
  }
  const matcher = new RenameMatcher();
  matcher.vanish(row);
  matcher.defer(appeared(nodeOf(row, "new")));
  assert.deepEqual(told(matcher), { renamed: ["old -> new"], fresh: [], gone: 0 });
});

test("RenameMatcher uses every row once, though hard links share an id", () => {
  const matcher = new RenameMatcher();
  for (const name of ["a", "b"]) matcher.vanish(fileRow(1n, name, { id: 5n }));
  for (const name of ["x", "y", "z"]) matcher.defer(appeared(nodeOf(fileRow(1n, name, { id: 5n }), name)));
  assert.deepEqual(told(matcher), { renamed: ["a -> x", "b -> y"], fresh: ["new z"], gone: 0 });
});

test("RenameMatcher keeps a row that the directory itself has found", () => {
  const matcher = new RenameMatcher();
  const row = fileRow(1n, "old", { id: 5n });
  matcher.defer(appeared(nodeOf(row, "new"), { row }));
  assert.deepEqual(told(matcher), { renamed: ["old -> new"], fresh: [], gone: 0 });
});

test("RenameMatcher calls a file changed when what it replaced is nowhere, and new when that moved on", () => {
  const row = fileRow(1n, "log", { id: 5n });
  const stranger = fileRow(1n, "log", { id: 9n, size: 3 });
  const edited = new RenameMatcher();
  edited.defer(appeared(nodeOf(stranger, "log"), { replaced: edited.replace(row) }));
  assert.deepEqual(told(edited), { renamed: [], fresh: ["changed log"], gone: 0 });
  const rotated = new RenameMatcher();
  rotated.defer(appeared(nodeOf(stranger, "log"), { replaced: rotated.replace(row) }));
  rotated.defer(appeared(nodeOf(row, "log.1"), { replaced: rotated.replace(fileRow(1n, "log.1", { id: 6n })) }));
  assert.deepEqual(told(rotated), { renamed: ["log -> log.1"], fresh: ["new log"], gone: 1 });
});

test("RenameMatcher tells directories that are gone from those that were seen elsewhere", () => {
  const matcher = new RenameMatcher();
  const [gone, moved, replaced] = [directoryNode(1n, "gone", 5n), directoryNode(1n, "moved", 6n), directoryNode(1n, "replaced", 7n)];
  matcher.vanish(gone);
  matcher.vanish(moved);
  assert.equal(matcher.replace(replaced), undefined);
  matcher.seeDirectory(6n);
  assert.deepEqual(matcher.goneDirectories(), [gone, replaced]);
  assert.deepEqual([matcher.hasSeenDirectory(6n), matcher.hasSeenDirectory(5n)], [true, false]);
  assert.equal(matcher.match().gone, 0, "directories are not counted");
});

test("RenameMatcher keeps a bounded number of rows and counts the others as gone", () => {
  const matcher = new RenameMatcher();
  const row = fileRow(1n, "a", { id: 5n });
  for (let at = 0; at < LOST_FILES_MAX; at += 1) matcher.vanish(row);
  const last = fileRow(1n, "last", { id: 6n });
  matcher.vanish(last);
  matcher.defer(appeared(nodeOf(last, "moved")));
  assert.deepEqual(told(matcher), { renamed: [], fresh: ["new moved"], gone: LOST_FILES_MAX + 1 });
});

test("RenameMatcher holds back a bounded number of files", () => {
  const matcher = new RenameMatcher();
  const one = appeared(root);
  for (let at = 0; at < DEFERRED_FILES_MAX; at += 1) matcher.defer(one);
  assert.equal(matcher.defer(one), false);
  assert.equal(matcher.match().fresh.length, DEFERRED_FILES_MAX);
  assert.equal(matcher.defer(one), true, "what was matched is held back no more");
});
