/**
 * Writes `test/golden/v1/`: one file for each kind of bytes in a repository of format version 1, from fixed inputs.
 *
 *   node tools/make-golden.ts        writes what is missing; exit code 1 when a file that exists would change
 *
 * The files are the format: a program that no longer reads them, or writes others, no longer speaks version 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChunkHasher } from "../src/crypto/chunk-id.ts";
import { deriveKeys } from "../src/crypto/keys.ts";
import type { RepositoryKeys } from "../src/crypto/keys.ts";
import { formatRecoveryKey } from "../src/crypto/recovery-key.ts";
import { sealRepositoryFile } from "../src/crypto/repository-mac.ts";
import { sealObject, StreamSealer } from "../src/crypto/sealed-stream.ts";
import { makeSlot } from "../src/crypto/slots.ts";
import type { SlotSecret } from "../src/crypto/slots.ts";
import { CHUNK_TYPE } from "../src/format/entry.ts";
import type { ChunkRef } from "../src/format/entry.ts";
import { encodeIndexSegment } from "../src/format/index-segment.ts";
import { encodeManifest } from "../src/format/manifest.ts";
import { commitKey, sessionKey } from "../src/format/object-keys.ts";
import { encodePackDirectory } from "../src/format/pack-directory.ts";
import type { PackDirectory } from "../src/format/pack-directory.ts";
import { encodeDirectory } from "../src/format/page.ts";
import { encodeCommit, encodeSession } from "../src/format/records.ts";
import { DEFAULT_SIZES } from "../src/format/repository-file.ts";
import { encodeScanResult } from "../src/format/scan-result.ts";
import { OBJECT_KIND, SUITE } from "../src/format/sealed-object.ts";
import type { ObjectKind, Suite } from "../src/format/sealed-object.ts";
import { byteStringOf, concatBytes, toHex } from "../src/shared/bytes.ts";
import { seededRandom } from "../src/shared/random.ts";
import { GOLDEN_ENTRIES, GOLDEN_MANIFEST, GOLDEN_SCAN, GOLDEN_SHARE_ENTRIES, GOLDEN_SHARE_MANIFEST } from "./golden-entries.ts";

export const GOLDEN_FOLDER: string = join(import.meta.dirname, "..", "test", "golden", "v1");

export const GOLDEN_ROOT_KEY: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => index);
export const GOLDEN_REPOSITORY_ID: Uint8Array = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index);
export const GOLDEN_SECRETS: Readonly<Record<"passphrase" | "recovery" | "plain", SlotSecret>> = {
  passphrase: { kind: "passphrase", passphrase: "correct horse battery staple" },
  recovery: { kind: "recovery", key: new Uint8Array(32).map((_, index) => 255 - index) },
  plain: { kind: "plain" },
};

/** Chunks of the golden packs, in order. */
export const GOLDEN_CHUNKS: readonly { readonly type: 1 | 2 | 3; readonly plain: Uint8Array }[] = [
  { type: CHUNK_TYPE.data, plain: Buffer.from("hello, varve\n") },
  { type: CHUNK_TYPE.data, plain: Buffer.from("a line that repeats\n".repeat(200)) },
  { type: CHUNK_TYPE.attribute, plain: seededRandom(1).bytes(2000) },
];

/** Keys that the golden objects are bound to. */
export const GOLDEN_STORED_AS: Partial<Record<ObjectKind, string>> = {
  [OBJECT_KIND.session]: sessionKey("ee".repeat(32)),
  [OBJECT_KIND.commit]: commitKey("ee".repeat(32)),
};

const CREATED_NS = 1_700_000_000_000_000_000n;

/**
 * The one file whose bytes may come out differently under another version of zstd, and then still be right: it is checked by
 * reading it only.
 */
export const GOLDEN_COMPRESSED = "pack-compressed";

/** File name to bytes of everything golden. */
export async function goldenFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const keys = deriveKeys(GOLDEN_ROOT_KEY, GOLDEN_REPOSITORY_ID);
  const hasher = await ChunkHasher.create(keys.idKey);
  const files = new Map<string, Uint8Array>();
  files.set("varve.repo", repositoryFile(keys));
  for (const [name, secret] of Object.entries(GOLDEN_SECRETS)) files.set(`slot-${name}`, await slot(secret));
  for (const [name, suite] of Object.entries(SUITE)) files.set(`pack-${name}`, pack(keys, hasher, { level: 0, suite }).object);
  const compressed = pack(keys, hasher, { level: 3, suite: SUITE.aes256Gcm });
  files.set(GOLDEN_COMPRESSED, compressed.object);
  for (const [name, page] of pages()) files.set(name, page);
  files.set("manifest", encodeManifest(GOLDEN_MANIFEST));
  files.set("manifest-share", encodeManifest(GOLDEN_SHARE_MANIFEST));
  files.set("scan-result", encodeScanResult(GOLDEN_SCAN));
  const listed = pack(keys, hasher, { level: 0, suite: SUITE.aes256Gcm });
  const id = new Uint8Array(32).fill(0xaa);
  const segment = encodeIndexSegment([{ id, kind: OBJECT_KIND.dataPack, objectLength: listed.object.length, directory: listed.directory }]);
  const nonce = new Uint8Array(16).fill(0xbb);
  files.set("index", whole(keys, OBJECT_KIND.index, segment));
  files.set("snapshot", whole(keys, OBJECT_KIND.snapshot, encodeManifest(GOLDEN_MANIFEST)));
  files.set(
    "session",
    whole(keys, OBJECT_KIND.session, encodeSession({ epoch: 3, startedNs: CREATED_NS, nonce, host: "server", program: "varve 1.0.0" })),
  );
  files.set("commit-committed", whole(keys, OBJECT_KIND.commit, encodeCommit({ state: "committed", nonce, snapshot: "cd".repeat(32) })));
  files.set("commit-fenced", whole(keys, OBJECT_KIND.commit, encodeCommit({ state: "fenced", nonce, by: "prune on server" })));
  files.set("vectors.json", vectors(keys, hasher));
  return files;
}

function repositoryFile(keys: RepositoryKeys): Uint8Array {
  return sealRepositoryFile(
    { ...DEFAULT_SIZES, repositoryId: GOLDEN_REPOSITORY_ID, version: 1, suite: SUITE.aes256Gcm, createdNs: CREATED_NS },
    keys,
  );
}

function slot(secret: SlotSecret): Promise<Uint8Array> {
  const random = seededRandom(7);
  return makeSlot({ rootKey: GOLDEN_ROOT_KEY, repositoryId: GOLDEN_REPOSITORY_ID, secret, label: "golden", createdNs: CREATED_NS, random });
}

function pack(
  keys: RepositoryKeys,
  hasher: ChunkHasher,
  { level, suite }: { readonly level: number; readonly suite: Suite },
): { object: Uint8Array; directory: PackDirectory } {
  const sealer = new StreamSealer({
    kind: OBJECT_KIND.dataPack,
    keys,
    repositoryId: GOLDEN_REPOSITORY_ID,
    random: seededRandom(42),
    suite,
  });
  const frame = sealer.seal(concatBytes(GOLDEN_CHUNKS.map((chunk) => chunk.plain)), level);
  const directory = {
    ...sealer.frames,
    chunkIds: concatBytes(GOLDEN_CHUNKS.map((chunk) => hasher.id(chunk.type, chunk.plain))),
    chunkTypes: Uint8Array.from(GOLDEN_CHUNKS, (chunk) => chunk.type),
    chunkLengths: Uint32Array.from(GOLDEN_CHUNKS, (chunk) => chunk.plain.length),
  };
  return { object: concatBytes([sealer.header, frame, sealer.finish(encodePackDirectory(directory))]), directory };
}

function whole(keys: RepositoryKeys, kind: ObjectKind, payload: Uint8Array): Uint8Array {
  const storedAs = GOLDEN_STORED_AS[kind];
  const place = storedAs === undefined ? {} : { storedAs };
  return concatBytes(
    sealObject(kind, payload, { keys, repositoryId: GOLDEN_REPOSITORY_ID, ...place, random: seededRandom(kind), level: 0 }),
  );
}

/** A leaf with all kinds of entries, and the root of a directory so large that it has inner pages. */
function pages(): readonly (readonly [string, Uint8Array])[] {
  const made: Uint8Array[] = [];
  const store = (page: Uint8Array): ChunkRef => ({ id: new Uint8Array(32).fill(made.push(page)), length: page.length });
  encodeDirectory(GOLDEN_ENTRIES, store);
  const [first] = GOLDEN_ENTRIES;
  if (first === undefined) throw new Error("there are no golden entries");
  encodeDirectory(
    Array.from({ length: 2000 }, (_, index) => ({ ...first, name: byteStringOf(String(index).padStart(5, "0")) })),
    store,
  );
  const inner = made.at(-1);
  encodeDirectory(GOLDEN_SHARE_ENTRIES, store);
  return [
    ["page-leaf", made[0] ?? new Uint8Array()],
    ["page-inner", inner ?? new Uint8Array()],
    ["page-share", made.at(-1) ?? new Uint8Array()],
  ];
}

/** What an independent implementation starts from. */
function vectors(keys: RepositoryKeys, hasher: ChunkHasher): Uint8Array {
  const recovery = GOLDEN_SECRETS.recovery;
  const facts = {
    rootKey: toHex(GOLDEN_ROOT_KEY),
    repositoryId: toHex(GOLDEN_REPOSITORY_ID),
    keys: Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, toHex(key as Uint8Array)])),
    recoveryKey: recovery.kind === "recovery" ? formatRecoveryKey(recovery.key) : "",
    chunks: GOLDEN_CHUNKS.map(({ type, plain }) => ({ type, length: plain.length, id: toHex(hasher.id(type, plain)) })),
  };
  return Buffer.from(`${JSON.stringify(facts, null, 2)}\n`);
}

async function main(): Promise<number> {
  mkdirSync(GOLDEN_FOLDER, { recursive: true });
  let changed = 0;
  for (const [name, bytes] of await goldenFiles()) {
    const file = join(GOLDEN_FOLDER, name);
    if (!existsSync(file)) {
      writeFileSync(file, bytes);
      console.log(`wrote test/golden/v1/${name}, ${bytes.length} bytes`);
    } else if (Buffer.compare(readFileSync(file), bytes) !== 0 && name !== GOLDEN_COMPRESSED) {
      console.error(`test/golden/v1/${name} would change: the format did, which needs a new version`);
      changed += 1;
    }
  }
  return changed === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
