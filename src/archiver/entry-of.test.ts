import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND, NO_CHUNKS } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";
import { entryOf } from "./entry-of.ts";

const node: SourceNode = {
  name: byteStringOf("name"),
  kind: ENTRY_KIND.file,
  nodeId: 1n,
  size: 2,
  modifiedNs: 3n,
  changeToken: 4n,
  changedNs: 5n,
  accessedNs: 6n,
  bornNs: 7n,
  mode: 0o640,
  uid: 8,
  gid: 9,
  links: 10,
  device: 11n,
  allocatedBytes: 12,
  fileSystem: 13n,
};
const owner = { user: "alice", group: "staff" };

test("entryOf() takes the listing's facts, and nothing of what only change detection needs", () => {
  const { name, kind, nodeId, size, modifiedNs, changedNs, accessedNs, bornNs, mode, uid, gid, links, device } = node;
  const expected = { name, kind, nodeId, size, modifiedNs, changedNs, accessedNs, bornNs, mode, uid, gid, links, device };
  const nothing = { attributes: [], linkTarget: "", content: NO_CHUNKS, extents: undefined, xorHash: 0n, directory: undefined };
  assert.deepEqual(entryOf(node, { owner }), { ...expected, ...owner, ...nothing });
});

test("entryOf() takes what it is given beside them", () => {
  const content = { ids: new Uint8Array(32), lengths: Uint32Array.of(2) };
  const directory = { page: { id: new Uint8Array(32), length: 1 }, entryCount: 1, totalFiles: 2, totalDirectories: 3, totalBytes: 4 };
  const attributes = [{ name: byteStringOf("user.a"), value: Uint8Array.of(1) }];
  const parts = { content, directory, attributes, linkTarget: byteStringOf("there"), extents: [{ offset: 0, length: 2 }], xorHash: 99n };
  const entry = entryOf(node, { owner, ...parts });
  for (const [key, value] of Object.entries(parts)) assert.equal(entry[key as keyof typeof parts], value);
});

test("entryOf() prefers all facts that were found when the file was read", () => {
  const fresh = {
    size: 20,
    modifiedNs: 30n,
    changedNs: 50n,
    accessedNs: 60n,
    bornNs: 70n,
    changeToken: 40n,
    nodeId: 100n,
    mode: 0o600,
    uid: 80,
    gid: 90,
    links: 1,
  };
  const entry = entryOf(node, { owner, fresh });
  const { changeToken, ...expected } = fresh;
  assert.ok(changeToken > 0n);
  for (const [key, value] of Object.entries(expected)) assert.equal(entry[key as keyof typeof expected], value, key);
  assert.deepEqual([entry.name, entry.device], [node.name, node.device]);
});
