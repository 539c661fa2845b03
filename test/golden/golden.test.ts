import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ChunkHasher } from "../../src/crypto/chunk-id.ts";
import { deriveKeys } from "../../src/crypto/keys.ts";
import { openRepositoryFile } from "../../src/crypto/repository-mac.ts";
import type { SealContext } from "../../src/crypto/sealed-header.ts";
import { openObject, StreamOpener } from "../../src/crypto/sealed-stream.ts";
import { openSlot } from "../../src/crypto/slots.ts";
import { decodeIndexSegment } from "../../src/format/index-segment.ts";
import { decodeManifest } from "../../src/format/manifest.ts";
import { decodePage } from "../../src/format/page.ts";
import { decodeCommit, decodeSession } from "../../src/format/records.ts";
import { DEFAULT_SIZES } from "../../src/format/repository-file.ts";
import { decodeScanResult } from "../../src/format/scan-result.ts";
import { HEADER_BYTES, OBJECT_KIND, SUITE } from "../../src/format/sealed-object.ts";
import type { ObjectKind } from "../../src/format/sealed-object.ts";
import { GOLDEN_ENTRIES, GOLDEN_MANIFEST, GOLDEN_SCAN, GOLDEN_SHARE_ENTRIES, GOLDEN_SHARE_MANIFEST } from "../../tools/golden-entries.ts";
import {
  GOLDEN_CHUNKS,
  GOLDEN_COMPRESSED,
  GOLDEN_FOLDER,
  GOLDEN_REPOSITORY_ID,
  GOLDEN_ROOT_KEY,
  GOLDEN_SECRETS,
  GOLDEN_STORED_AS,
  goldenFiles,
} from "../../tools/make-golden.ts";

const repositoryId = GOLDEN_REPOSITORY_ID;
const keys = deriveKeys(GOLDEN_ROOT_KEY, repositoryId);
const context = { keys, repositoryId };

function boundTo(kind: ObjectKind): SealContext {
  return { ...context, storedAs: GOLDEN_STORED_AS[kind] ?? "" };
}

function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(GOLDEN_FOLDER, name)));
}

test("the program still writes exactly the golden bytes of version 1", async () => {
  const files = await goldenFiles();
  assert.deepEqual(readdirSync(GOLDEN_FOLDER).toSorted(), [...files.keys()].toSorted());
  for (const [name, bytes] of files) {
    if (name !== GOLDEN_COMPRESSED) assert.ok(Buffer.compare(golden(name), bytes) === 0, `${name} would be written differently`);
  }
});

test("the golden repository file reads as it was written", () => {
  const config = openRepositoryFile(golden("varve.repo"), keys);
  assert.deepEqual(config, { ...DEFAULT_SIZES, repositoryId, version: 1, suite: SUITE.aes256Gcm, createdNs: 1_700_000_000_000_000_000n });
});

test("the golden key slots open with their secrets", async () => {
  for (const [name, secret] of Object.entries(GOLDEN_SECRETS)) {
    assert.deepEqual(await openSlot(golden(`slot-${name}`), secret, { repositoryId }), GOLDEN_ROOT_KEY);
  }
});

for (const name of [...Object.keys(SUITE).map((suite) => `pack-${suite}`), GOLDEN_COMPRESSED]) {
  test(`the golden ${name} gives back its chunks, and their ids fit`, async () => {
    const object = golden(name);
    const opener = StreamOpener.open(object, { ...context, kind: OBJECT_KIND.dataPack });
    const directory = opener.openPackDirectory(object.length, object);
    const sealed = object.subarray(HEADER_BYTES, HEADER_BYTES + (directory.frameSealedLengths[0] ?? 0));
    const raw = opener.openFrame({ number: 0, sealed, compressed: name === GOLDEN_COMPRESSED, rawLength: directory.rawLength });
    const hasher = await ChunkHasher.create(keys.idKey);
    let at = 0;
    for (const [index, { type, plain }] of GOLDEN_CHUNKS.entries()) {
      const bytes = raw.subarray(at, at + plain.length);
      assert.deepEqual(bytes, new Uint8Array(plain));
      assert.deepEqual(hasher.id(type, bytes), directory.chunkIds.slice(index * 32, index * 32 + 32));
      assert.equal(directory.chunkTypes[index], type);
      at += plain.length;
    }
  });
}

test("the golden pages, manifest and scan result read as they were written", () => {
  assert.deepEqual(decodePage(golden("page-leaf")), { kind: "leaf", entries: GOLDEN_ENTRIES });
  const inner = decodePage(golden("page-inner"));
  assert.equal(inner.kind === "inner" ? inner.children.reduce((sum, child) => sum + child.entryCount, 0) : 0, 2000);
  assert.deepEqual(decodeManifest(golden("manifest")), GOLDEN_MANIFEST);
  assert.deepEqual(decodePage(golden("page-share")), { kind: "leaf", entries: GOLDEN_SHARE_ENTRIES });
  assert.deepEqual(decodeManifest(golden("manifest-share")), GOLDEN_SHARE_MANIFEST);
  assert.deepEqual(decodeScanResult(golden("scan-result")), GOLDEN_SCAN);
});

test("the golden sealed objects open and read as they were written", () => {
  const nonce = new Uint8Array(16).fill(0xbb);
  const [pack] = decodeIndexSegment(openObject(OBJECT_KIND.index, golden("index"), context));
  assert.equal(pack?.objectLength, golden("pack-aes256Gcm").length);
  assert.deepEqual(decodeManifest(openObject(OBJECT_KIND.snapshot, golden("snapshot"), context)), GOLDEN_MANIFEST);
  assert.equal(decodeSession(openObject(OBJECT_KIND.session, golden("session"), boundTo(OBJECT_KIND.session))).epoch, 3);
  const commit = (name: string): unknown => decodeCommit(openObject(OBJECT_KIND.commit, golden(name), boundTo(OBJECT_KIND.commit)));
  assert.deepEqual(commit("commit-committed"), { state: "committed", nonce, snapshot: "cd".repeat(32) });
  assert.deepEqual(commit("commit-fenced"), { state: "fenced", nonce, by: "prune on server" });
});
