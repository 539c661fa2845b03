import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_CHUNKS } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";
import { MemoryTree, toSourceNode } from "../source/memory/memory-tree.ts";
import type { FileOutcome } from "./file-outcome.ts";
import { HardLinks } from "./hard-links.ts";
import type { FileExtras } from "./lane-protocol.ts";

/** A file with these names. */
function linked(names: readonly string[]): readonly SourceNode[] {
  const tree = new MemoryTree();
  const [first = "", ...others] = names;
  tree.put(byteStringOf(first), {});
  for (const name of others) tree.link(byteStringOf(first), byteStringOf(name));
  return names.map((name) => toSourceNode(byteStringOf(name), tree.find(byteStringOf(name))));
}

const outcome = (extras: FileExtras = {}): FileOutcome => ({ content: NO_CHUNKS, xorHash: 1n, extras });

/** Lets names join and writes down what they are told. */
class Names {
  readonly links = new HardLinks();
  readonly told: string[] = [];

  join(node: SourceNode): Promise<((found: FileOutcome) => void | Promise<void>) | undefined> {
    const { name } = node;
    return this.links.join({
      node,
      done: async () => {
        await Promise.resolve();
        this.told.push(`${name} done`);
      },
      readAlone: () => this.told.push(`${name} alone`),
    });
  }
}

test("HardLinks lets the first name read and gives its outcome to those that wait and those that come later", async () => {
  const [a, b, c] = linked(["a", "b", "c"]);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const names = new Names();
  const read = await names.join(a);
  assert.equal(await names.join(b), undefined);
  assert.deepEqual(names.told, []);
  await read?.(outcome());
  assert.deepEqual(names.told, ["a done", "b done"]);
  assert.equal(await names.join(c), undefined);
  assert.deepEqual(names.told, ["a done", "b done", "c done"]);
});

test("HardLinks forgets a file once all its names were met: the same id may be another file in the next source", async () => {
  for (const late of [false, true]) {
    const [a, b] = linked(["a", "b"]);
    assert.ok(a !== undefined && b !== undefined);
    const names = new Names();
    const read = await names.join(a);
    if (!late) await names.join(b);
    await read?.(outcome());
    if (late) await names.join(b);
    assert.ok((await names.join(a)) !== undefined);
  }
});

test("HardLinks makes those that wait read for themselves when the first could not be read, vanished or was another file", async () => {
  const issue = { code: "E_SOURCE_CHANGED", what: "", why: "", hint: "", keep: false };
  const fresh = { size: 1, modifiedNs: 1n, changedNs: 1n, accessedNs: 1n, bornNs: 1n, changeToken: 1n, mode: 0, uid: 0, gid: 0, links: 1 };
  const [a, b, c] = linked(["a", "b", "c"]);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  for (const extras of [{ error: issue }, { fresh: { ...fresh, nodeId: 77n } }] satisfies FileExtras[]) {
    const names = new Names();
    const read = await names.join(a);
    await names.join(b);
    await read?.(outcome(extras));
    assert.deepEqual(names.told, ["b alone", "a done"]);
    assert.ok((await names.join(c)) !== undefined, "a name that comes later reads anew");
  }
  const names = new Names();
  const read = await names.join(a);
  await names.join(b);
  await read?.(outcome({ error: { ...issue, keep: true }, fresh: { ...fresh, nodeId: a.nodeId } }));
  assert.deepEqual(names.told, ["a done", "b done"], "what was kept of a changing file is good for all");
});

test("HardLinks hands on what a name's callback fails with", async () => {
  const [a, b] = linked(["a", "b"]);
  assert.ok(a !== undefined && b !== undefined);
  const links = new HardLinks();
  const failing = { done: () => Promise.reject(new Error("no")), readAlone: () => undefined };
  const read = await links.join({ node: a, ...failing, done: () => undefined });
  await read?.(outcome());
  await assert.rejects(links.join({ node: b, ...failing }), /no/);
});
