import assert from "node:assert/strict";
import { ENTRY_KIND, type EntryKind, type Extent } from "../../src/format/entry.ts";
import { byteStringOf, type ByteString } from "../../src/shared/bytes.ts";
import type { ErrorCode } from "../../src/shared/error-codes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import type { ContentReader, OpenContent, Source, SourceNode } from "../../src/source/source.ts";
import { copyOf } from "./copy-tree.ts";

/** An item that the suite wants to find in a source. Directories on the way are there already. */
export interface SuiteItem {
  readonly path: ByteString;
  readonly kind: EntryKind;
  readonly content?: Uint8Array;
  /** Data extents of `content`; the rest of it is zeros and shall be holes. */
  readonly extents?: readonly Extent[];
  readonly linkTarget?: ByteString;
  readonly attributes?: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
  readonly mode?: number;
  readonly modifiedNs?: bigint;
}

/** A source over a tree that the suite changes behind its back. */
export interface SourceFixture extends AsyncDisposable {
  readonly source: Source;
  readonly openReader: () => Promise<ContentReader>;
  /** Makes an item, or changes the content, mode, attributes and time of a file that is there in place. */
  readonly put: (item: SuiteItem) => Promise<void>;
  /** Makes empty files with these names in a directory, however cheap they are to be had: all may be links to one. */
  readonly putNames: (directory: ByteString, names: readonly string[]) => Promise<void>;
  readonly link: (existing: ByteString, path: ByteString) => Promise<void>;
  readonly rename: (from: ByteString, to: ByteString) => Promise<void>;
  readonly remove: (path: ByteString) => Promise<void>;
}

/** What a kind of source has at all; tests of what it has not are skipped. */
export interface SourceFeatures {
  readonly symlinks: boolean;
  readonly specials: boolean;
  readonly hardLinks: boolean;
  readonly attributes: boolean;
  readonly byteNames: boolean;
  readonly holes: boolean;
  /** Smallest step of its times, nanoseconds. */
  readonly timeStepNs: bigint;
}

export interface SourceSuite {
  readonly name: string;
  readonly features: SourceFeatures;
  readonly make: () => Promise<SourceFixture>;
}

/** Path of the root. */
export const ROOT: ByteString = byteStringOf("");

const bytes = byteStringOf;

/** A file with a text in it. */
export function fileItem(path: string, content = "", more: Partial<SuiteItem> = {}): SuiteItem {
  return { path: bytes(path), kind: ENTRY_KIND.file, content: Buffer.from(content), ...more };
}

/** An empty directory. */
export function directoryItem(path: string): SuiteItem {
  return { path: bytes(path), kind: ENTRY_KIND.directory };
}

/** All nodes of a directory, ordered by name. */
export async function listed(source: Source, directory: ByteString = ROOT): Promise<SourceNode[]> {
  const nodes: SourceNode[] = [];
  for await (const batch of source.list(directory)) nodes.push(...batch);
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One node, as plain values. */
export async function nodeAt(source: Source, directory: string, name: string): Promise<SourceNode> {
  const node = (await listed(source, bytes(directory))).find((one) => one.name === bytes(name));
  assert.ok(node !== undefined, `${name} is listed`);
  return copyOf(node);
}

/** Expects an error with one of these codes, thrown or rejected. */
export async function fails(codes: readonly ErrorCode[], work: () => unknown): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error) => isAppError(error, ...codes),
  );
}

/** The whole content, read in pieces. */
export async function readAll(content: OpenContent, step: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let position = 0; ;) {
    const into = new Uint8Array(step);
    const got = await content.read(into, position);
    if (got === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(into.subarray(0, got)));
    position += got;
  }
}
