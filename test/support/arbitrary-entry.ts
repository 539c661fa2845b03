import * as fc from "fast-check";
import type { ByteString } from "../../src/shared/bytes.ts";
import { toByteString } from "../../src/shared/bytes.ts";
import { ENTRY_KIND, NO_CHUNKS } from "../../src/format/entry.ts";
import type {
  AzureFacts,
  ChunkRef,
  ChunkRefs,
  DirectoryFacts,
  Entry,
  EntryKind,
  ExtendedAttribute,
  Extent,
  Manifest,
  ManifestIssue,
} from "../../src/format/entry.ts";
import { isEntryName } from "../../src/format/names.ts";

const u32 = fc.nat(0xffff_ffff);
const u53 = fc.maxSafeNat();
const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
const i64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const text = fc.string({ unit: "grapheme", maxLength: 12 });

/** Records with the usual prototype, so that they compare equal to what the program makes. */
export function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** Any bytes at all. */
export const anyBytes: fc.Arbitrary<ByteString> = fc.uint8Array({ maxLength: 20 }).map(toByteString);

/** Any name that a directory can hold, mostly not UTF-8. */
export const anyName: fc.Arbitrary<ByteString> = fc.uint8Array({ minLength: 1, maxLength: 12 }).map(toByteString).filter(isEntryName);

export const anyChunkRef: fc.Arbitrary<ChunkRef> = plain({ id: fc.uint8Array({ minLength: 32, maxLength: 32 }), length: u32 });

const anyContent: fc.Arbitrary<ChunkRefs> = fc
  .array(anyChunkRef, { maxLength: 4 })
  .map((refs) =>
    refs.length === 0
      ? NO_CHUNKS
      : { ids: new Uint8Array(Buffer.concat(refs.map((ref) => ref.id))), lengths: Uint32Array.from(refs, (ref) => ref.length) },
  );

const anyAttribute: fc.Arbitrary<ExtendedAttribute> = plain({
  name: anyName,
  value: fc.oneof(fc.uint8Array({ maxLength: 40 }), anyChunkRef),
});

const anyDirectory: fc.Arbitrary<DirectoryFacts> = plain({
  page: anyChunkRef,
  entryCount: u53,
  totalFiles: u53,
  totalDirectories: u53,
  totalBytes: u53,
});

const anyExtents: fc.Arbitrary<readonly Extent[]> = fc.array(fc.tuple(fc.nat(1 << 30), fc.nat(1 << 30)), { maxLength: 4 }).map((steps) => {
  let end = 0;
  return steps.map(([hole, length]) => {
    const offset = end + hole;
    end = offset + length;
    return { offset, length };
  });
});

const anyAzureFacts: fc.Arbitrary<AzureFacts> = plain({
  etag: text,
  contentMd5: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined }),
  attributes: u32,
  creationTicks: i64,
  lastWriteTicks: i64,
  changeTicks: i64,
  lastAccessTicks: i64,
  permissionKey: text,
  permission: fc.option(anyChunkRef, { nil: undefined }),
  contentType: text,
  userMetadata: fc.array(plain({ name: text, value: text }), { maxLength: 2 }),
});

/** Entries of every kind, with every field in use. */
export const anyEntry: fc.Arbitrary<Entry> = plain<Omit<Entry, "azure"> & { azure: AzureFacts | undefined }>({
  name: anyName,
  kind: fc.constantFrom(...(Object.values(ENTRY_KIND) as EntryKind[])),
  nodeId: u64,
  mode: fc.nat(0o7777),
  uid: u32,
  gid: u32,
  user: text,
  group: text,
  size: u53,
  modifiedNs: i64,
  changedNs: i64,
  accessedNs: i64,
  bornNs: i64,
  links: u32,
  device: u64,
  attributes: fc.array(anyAttribute, { maxLength: 3 }),
  linkTarget: anyBytes,
  content: anyContent,
  extents: fc.option(anyExtents, { nil: undefined }),
  xorHash: u64,
  directory: anyDirectory,
  azure: fc.option(anyAzureFacts, { nil: undefined }),
}).map(({ azure, ...entry }) => {
  const end = entry.extents?.reduce((last, extent) => Math.max(last, extent.offset + extent.length), 0) ?? 0;
  return {
    ...entry,
    size: Math.max(entry.size, end),
    directory: entry.kind === ENTRY_KIND.directory ? entry.directory : undefined,
    ...(azure && { azure }),
  };
});

/** Entries as a directory holds them: ascending names, none twice. */
export const anyEntries: fc.Arbitrary<readonly Entry[]> = fc
  .uniqueArray(anyEntry, { selector: (entry) => entry.name, maxLength: 12 })
  .map((entries) => entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

export const anyIssue: fc.Arbitrary<ManifestIssue> = plain({ path: text, code: text, message: text });

export const anyManifest: fc.Arbitrary<Manifest> = plain({
  startedNs: i64,
  finishedNs: i64,
  host: text,
  user: text,
  tags: fc.array(text, { maxLength: 3 }),
  parent: text,
  program: text,
  sources: fc.array(
    plain({
      path: anyBytes,
      key: text,
      root: fc.tuple(anyEntry, fc.boolean()).map(([root, isRoot]) => (isRoot ? { ...root, name: "" as ByteString } : root)),
      shareSnapshot: text,
    }).map(({ shareSnapshot, ...source }) => ({ ...source, ...(shareSnapshot !== "" && { shareSnapshot }) })),
    { maxLength: 3 },
  ),
  files: u53,
  directories: u53,
  bytes: u53,
  addedBytes: u53,
  storedBytes: u53,
  filesNew: u53,
  filesChanged: u53,
  filesUnmodified: u53,
  issues: fc.array(anyIssue, { maxLength: 3 }),
  issueCount: u53,
});

/** A plain file, for tests that need many entries. */
export function fileEntry(name: string, facts: Partial<Entry> = {}): Entry {
  return {
    name: name as ByteString,
    kind: ENTRY_KIND.file,
    nodeId: 7n,
    mode: 0o644,
    uid: 1000,
    gid: 1000,
    user: "alice",
    group: "staff",
    size: 5,
    modifiedNs: 1_700_000_000_123_456_789n,
    changedNs: 1_700_000_000_123_456_789n,
    accessedNs: 1_700_000_000_000_000_000n,
    bornNs: 0n,
    links: 1,
    device: 0n,
    attributes: [],
    linkTarget: "" as ByteString,
    content: { ids: new Uint8Array(32).fill(name.length), lengths: Uint32Array.of(5) },
    extents: undefined,
    xorHash: 0n,
    directory: undefined,
    ...facts,
  };
}
