import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as keys from "./object-keys.ts";

const id = "ab".repeat(32);

test("parseObjectKey() takes apart every key that the room makes", () => {
  const cases: readonly [string, keys.ObjectName][] = [
    [keys.REPOSITORY_KEY, { folder: "repository" }],
    [keys.packKey(id), { folder: "packs", id }],
    [keys.indexKey(id), { folder: "index", id }],
    [keys.sessionKey(id), { folder: "sessions", id }],
    [keys.commitKey(id), { folder: "commits", id }],
    [keys.snapshotKey(id), { folder: "snapshots", id }],
    [keys.slotKey(id), { folder: "keys", id }],
    [keys.forgetKey(id), { folder: "forgets", id }],
    [keys.pinKey(id), { folder: "pins", id }],
    [keys.collectionKey(12, "rescued"), { folder: "gc", epoch: 12, step: "rescued" }],
    [keys.logKey(7), { folder: "log", sequence: 7 }],
  ];
  for (const [key, name] of cases) assert.deepEqual(keys.parseObjectKey(key), name, key);
});

test("keys are made of the characters that every store takes, and sort by number", () => {
  assert.equal(keys.packKey(id), `packs/ab/${id}`);
  assert.match(keys.packKey(id), /^[a-z0-9._/-]{1,200}$/);
  assert.ok(keys.logKey(9) < keys.logKey(10));
  assert.ok(keys.packKey(id).startsWith(keys.folderPrefix("packs")));
});

test("parseObjectKey() refuses names that are not exactly ours", () => {
  const foreign = [
    "",
    "varve.repo2",
    `packs/ba/${id}`,
    `packs/${id}`,
    `packs/ab/${id}0`,
    `index/${id.toUpperCase()}`,
    `index/${id}.tmp`,
    `other/${id}`,
  ];
  for (const key of [
    ...foreign,
    "log/1",
    "log/00000000001",
    "gc/0000000001",
    "gc/0000000001/other",
    `${keys.indexKey(id)}\n`,
    `x/${keys.indexKey(id)}`,
  ]) {
    assert.equal(keys.parseObjectKey(key), undefined, JSON.stringify(key));
  }
});

test("parseObjectKey() never throws", () => {
  fc.assert(fc.property(fc.string(), (key) => assert.equal(keys.parseObjectKey(key), undefined)));
});
