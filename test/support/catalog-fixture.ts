import fc from "fast-check";
import type { ListedNode } from "../../src/catalog/compare.ts";
import type { DirectoryRow, NodeRow, NodeStore, TreeStore } from "../../src/catalog/node-store.ts";
import { ENTRY_KIND, type EntryKind } from "../../src/format/entry.ts";
import { byteStringOf, type ByteString } from "../../src/shared/bytes.ts";

export type Catalog = NodeStore & TreeStore;

/** One catalog under test, empty at first. */
export interface CatalogFixture {
  /** A connection; several of them see the same rows, as several processes would. */
  connect(): Promise<Catalog>;
  /** Closes all connections and removes what was stored. */
  close(): Promise<void>;
}

export type OpenFixture = () => Promise<CatalogFixture>;

/** Runs `work` on one fresh connection. */
export async function withCatalog(open: OpenFixture, work: (catalog: Catalog) => Promise<void>): Promise<void> {
  const fixture = await open();
  try {
    await work(await fixture.connect());
  } finally {
    await fixture.close();
  }
}

/** A row as the listing that it came from shows the node. */
export function listed({ name, kind, id, size, modifiedNs, changeToken }: NodeRow): ListedNode {
  return { name, kind, nodeId: id, size, modifiedNs, changeToken };
}

/** A row with plain values; `name` is text. */
export function fileRow(parent: bigint, name: string, facts: Partial<Omit<NodeRow, "name" | "parent">> = {}): NodeRow {
  return {
    parent,
    name: byteStringOf(name),
    id: 1000n,
    kind: ENTRY_KIND.file,
    size: 10,
    modifiedNs: 1_700_000_000_123_456_789n,
    changeToken: 1_700_000_000_123_456_789n,
    xorHash: 7n,
    ...facts,
  };
}

export function directoryNode(parent: bigint, name: string, id: bigint): NodeRow {
  return fileRow(parent, name, { id, kind: ENTRY_KIND.directory, size: 4096, xorHash: 0n });
}

/** A directory's own row, its page told apart by `mark`. */
export function directoryRow(id: bigint, mark = 1): DirectoryRow {
  return {
    id,
    page: { id: new Uint8Array(32).fill(mark), length: 100 + mark },
    totalFiles: mark,
    totalDirectories: 2,
    totalBytes: 2 ** 40 + mark,
  };
}

/** Commits one stage that replaces the children of each parent named in `rows` or `parents`. */
export async function commitRows(
  catalog: Catalog,
  sourceId: number,
  state: { readonly rows: readonly NodeRow[]; readonly parents?: readonly bigint[]; readonly rootId?: bigint; readonly snapshot?: string },
): Promise<void> {
  const stage = await catalog.stage(sourceId);
  const parents = [...new Set([...(state.parents ?? []), ...state.rows.map((row) => row.parent)])];
  await stage.replaceChildren(parents, state.rows);
  await stage.commit({ snapshot: state.snapshot ?? "aa", rootId: state.rootId ?? 1n });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Names as Linux allows them: any bytes but 0 and the slash, mostly not UTF-8. */
export const nameArbitrary: fc.Arbitrary<ByteString> = fc
  .oneof(
    fc
      .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 12 })
      .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 47))),
    fc.constantFrom("a", "b", "A", "a.b", "\xff", "\xc3\xa4", "\x7f", "\x80", "%", "'", '"'),
  )
  .filter((name) => name !== "")
  .map((name) => name as ByteString);

const UNSIGNED_EDGES = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
const SIGNED_EDGES = [0n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];

/** Ids and hashes: unsigned 64-bit. */
export const unsignedArbitrary: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(...UNSIGNED_EDGES),
);

/** Times and change tokens: signed 64-bit, which as nanoseconds ends in 2262. */
export const signedArbitrary: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(...SIGNED_EDGES),
);

export const kindArbitrary: fc.Arbitrary<EntryKind> = fc.constantFrom(...Object.values(ENTRY_KIND));

/** Any row of one directory. */
export function rowArbitrary(parent: bigint): fc.Arbitrary<NodeRow> {
  const facts = {
    parent: fc.constant(parent),
    name: nameArbitrary,
    id: unsignedArbitrary,
    kind: kindArbitrary,
    size: fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER)),
    modifiedNs: signedArbitrary,
    changeToken: signedArbitrary,
    xorHash: unsignedArbitrary,
  };
  return fc.record(facts, { noNullPrototype: true });
}

/** The complete rows of one directory: no name twice. */
export function childrenArbitrary(parent: bigint, rowsMax = 8): fc.Arbitrary<NodeRow[]> {
  return fc.uniqueArray(rowArbitrary(parent), { selector: (row) => row.name, maxLength: rowsMax });
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
