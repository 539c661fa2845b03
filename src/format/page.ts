import { Builder, ByteBuffer } from "flatbuffers";
import { assert, must } from "../shared/assert.ts";
import type { ByteString } from "../shared/bytes.ts";
import { corrupt } from "./corrupt.ts";
import type { ChunkRef, Entry } from "./entry.ts";
import { byteString, EntryDecoder } from "./entry-decoder.ts";
import { writeEntry } from "./entry-encoder.ts";
import { verifyFlatBuffer } from "./flatbuffer-verifier.ts";
import { DirectoryPage } from "./generated/directory-page.ts";
import { PageReference } from "./generated/page-reference.ts";
import { directoryPageShape } from "./generated/shapes.ts";
import { isEntryName } from "./names.ts";
import { writeByteString, writeOffsets } from "./write-parts.ts";

/** A child of an inner page: the names from `firstName` up to the next child's are below it. */
export interface PageChild {
  readonly firstName: ByteString;
  readonly ref: ChunkRef;
  /** Entries in all leaves below. */
  readonly entryCount: number;
}

/** A decoded page. `level` counts down to 1 on the way to the leaves, so a hostile tree of pages has no cycle. */
export type Page =
  | { readonly kind: "leaf"; readonly entries: readonly Entry[] }
  | { readonly kind: "inner"; readonly level: number; readonly children: readonly PageChild[] };

/** Directories up to this size are one page, however their names hash. */
const SINGLE_PAGE_ITEMS_MAX = 512;
/** Larger ones are cut where the hash of a name says so: at every 512th on average, so that one new name rewrites one leaf. */
const PAGE_ITEMS_MIN = 64;
const PAGE_ITEMS_MAX = 4096;
const CUT_MASK = 511;
/** A page ends with the item that brings it to this length. */
const PAGE_BYTES_CUT = 768 * 1024;
/** Deeper trees of pages than this hold more entries than there are numbers for. */
export const PAGE_LEVEL_MAX = 8;

const IDENTIFIER = "VDP1";
const WHAT = "directory page";
const BUILDER_BYTES_START = 64 * 1024;
/** A builder that grew beyond this for one unusual directory is not kept. */
const BUILDER_BYTES_KEPT_MAX: number = 4 << 20;

/**
 * Writes a directory as pages and returns the root page. `entries` are in ascending order of their name bytes. `store` is called
 * with each page, leaves first, and returns its chunk reference; the bytes it gets are its own.
 */
export function encodeDirectory(entries: readonly Entry[], store: (page: Uint8Array) => ChunkRef): ChunkRef {
  assertAscending(entries);
  const builder = spareBuilder ?? new Builder(BUILDER_BYTES_START);
  // Taken while in use, so that `store` may encode a directory itself.
  spareBuilder = undefined;
  const leaves: PageChild[] = [];
  for (const end of pageEnds(builder, entries, { name: (entry) => entry.name, write: writeEntry })) {
    const ref = store(finishPage(builder, 0, end.items));
    leaves.push({ firstName: entries[end.from]?.name ?? ("" as ByteString), ref, entryCount: end.to - end.from });
  }
  const root = encodeInnerPages(builder, leaves, store);
  if (builder.dataBuffer().capacity() <= BUILDER_BYTES_KEPT_MAX) spareBuilder = builder;
  return root;
}

/** Most directories are small: making a builder for each would cost more than encoding it. */
let spareBuilder: Builder | undefined;

/** Writes inner pages over `children`, level by level, until one page is left. */
function encodeInnerPages(builder: Builder, children: readonly PageChild[], store: (page: Uint8Array) => ChunkRef): ChunkRef {
  let below = children;
  for (let level = 1; below.length > 1; level += 1) {
    const pages: PageChild[] = [];
    for (const end of pageEnds(builder, below, { name: (child) => child.firstName, write: writeChild })) {
      const group = below.slice(end.from, end.to);
      const entryCount = group.reduce((sum, child) => sum + child.entryCount, 0);
      const firstName = must(group[0], "an inner page has children").firstName;
      pages.push({ firstName, ref: store(finishPage(builder, level, end.items)), entryCount });
    }
    assert(pages.length < below.length && level <= PAGE_LEVEL_MAX, "a level of pages is smaller than the one below");
    below = pages;
  }
  return must(below[0], "a directory has a page").ref;
}

interface PageWriter<T> {
  readonly name: (item: T) => ByteString;
  readonly write: (builder: Builder, item: T) => number;
}

/** Writes items into the builder and yields whenever a page is full; always yields at least one page, also for no items. */
function* pageEnds<T>(
  builder: Builder,
  items: readonly T[],
  writer: PageWriter<T>,
): Generator<{ from: number; to: number; items: number[] }> {
  const mayCut = items.length > SINGLE_PAGE_ITEMS_MAX;
  let from = 0;
  let offsets: number[] = [];
  builder.clear();
  for (const [index, item] of items.entries()) {
    offsets.push(writer.write(builder, item));
    const isLast = index === items.length - 1;
    if (isLast || !(isFull(builder, offsets.length) || (mayCut && isCut(writer.name(item), offsets.length)))) continue;
    yield { from, to: index + 1, items: offsets };
    from = index + 1;
    offsets = [];
    builder.clear();
  }
  yield { from, to: items.length, items: offsets };
}

/** A page of two items at least, so that each level is smaller than the one below. */
function isFull(builder: Builder, count: number): boolean {
  return count >= PAGE_ITEMS_MAX || (count > 1 && builder.offset() >= PAGE_BYTES_CUT);
}

function isCut(name: ByteString, count: number): boolean {
  return count >= PAGE_ITEMS_MIN && (nameHash(name) & CUT_MASK) === 0;
}

/** FNV-1a over the bytes of a name, folded so that the low bits depend on all of them. Part of the format: pages depend on it. */
export function nameHash(name: ByteString): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function writeChild(builder: Builder, child: PageChild): number {
  const firstName = writeByteString(builder, child.firstName);
  const id = builder.createByteVector(child.ref.id);
  return PageReference.createPageReference(builder, firstName, id, child.ref.length, BigInt(child.entryCount));
}

function finishPage(builder: Builder, level: number, items: readonly number[]): Uint8Array {
  const vector = writeOffsets(builder, items);
  DirectoryPage.startDirectoryPage(builder);
  DirectoryPage.addEntries(builder, level === 0 ? vector : 0);
  DirectoryPage.addChildren(builder, level === 0 ? 0 : vector);
  DirectoryPage.addLevel(builder, level);
  builder.finish(DirectoryPage.endDirectoryPage(builder), IDENTIFIER);
  return builder.asUint8Array().slice();
}

function assertAscending(entries: readonly Entry[]): void {
  let previous = "" as ByteString;
  for (const { name } of entries) {
    assert(name > previous && isEntryName(name), "entries have proper names in ascending order");
    previous = name;
  }
}

/**
 * Reads a page. Entries hold views of `bytes`, which must not change while they are in use.
 *
 * @throws AppError E_CORRUPT for anything but a well-formed page with proper names in ascending order
 */
export function decodePage(bytes: Uint8Array): Page {
  verifyFlatBuffer(bytes, { root: directoryPageShape, identifier: IDENTIFIER, what: WHAT });
  // Typed views on the numbers inside need the buffer where the writer put it: at a multiple of 8.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const page = DirectoryPage.getRootAsDirectoryPage(new ByteBuffer(aligned));
  const level = page.level();
  if (level > PAGE_LEVEL_MAX) throw corrupt(WHAT, "its tree of pages is too deep");
  if (level === 0 ? page.childrenLength() > 0 : page.entriesLength() > 0) throw corrupt(WHAT, "it is half a leaf and half an inner page");
  return level === 0 ? { kind: "leaf", entries: decodeEntries(page) } : { kind: "inner", level, children: decodeChildren(page) };
}

function decodeEntries(page: DirectoryPage): readonly Entry[] {
  const decoder = new EntryDecoder(WHAT);
  const entries: Entry[] = [];
  let previous = "" as ByteString;
  for (let i = 0, count = page.entriesLength(); i < count; i += 1) {
    const entry = decoder.read(must(page.entries(i), "a verified page has its entries"));
    if (entry.name <= previous) throw corrupt(WHAT, "its names are not in ascending order");
    previous = entry.name;
    entries.push(entry);
  }
  return entries;
}

function decodeChildren(page: DirectoryPage): readonly PageChild[] {
  const decoder = new EntryDecoder(WHAT);
  const children: PageChild[] = [];
  let previous = "" as ByteString;
  for (let i = 0, count = page.childrenLength(); i < count; i += 1) {
    const child = must(page.children(i), "a verified page has its children");
    const firstName = byteString(child.firstNameArray());
    if (firstName <= previous || !isEntryName(firstName)) throw corrupt(WHAT, "its children are not in ascending order");
    previous = firstName;
    children.push({ firstName, ref: decoder.chunkRef(child.idArray(), child.length()), entryCount: decoder.integer(child.entryCount()) });
  }
  if (children.length === 0) throw corrupt(WHAT, "it is an inner page without children");
  return children;
}
