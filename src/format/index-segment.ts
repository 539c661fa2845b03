import { assert } from "../shared/assert.ts";
import { CHUNK_ID_BYTES } from "./entry.ts";
import { ByteReader, ByteWriter } from "./little-endian.ts";
import { directoryProblem } from "./pack-directory.ts";
import type { PackDirectory } from "./pack-directory.ts";
import { OBJECT_KIND } from "./sealed-object.ts";
import type { PackKind } from "./sealed-object.ts";

/** One pack as an index segment lists it. */
export interface IndexedPack {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly kind: PackKind;
  /** Length of the whole object, bytes. */
  readonly objectLength: number;
  readonly directory: PackDirectory;
}

/** Length of a pack's id: BLAKE3 of the whole object. */
export const PACK_ID_BYTES = 32;

const WHAT = "index segment";
/** Bytes that one pack, one frame and one chunk take at least. */
const PACK_ROW_BYTES: number = PACK_ID_BYTES + 25;
const FRAME_ROW_BYTES = 5;
const CHUNK_ROW_BYTES: number = CHUNK_ID_BYTES + 5;

/**
 * The bytes of a segment: counts, then columns over all packs, widest numbers first, so that every column is aligned and
 * decoding makes views instead of copies.
 */
export function encodeIndexSegment(packs: readonly IndexedPack[]): Uint8Array {
  for (const pack of packs) {
    const problem = directoryProblem(pack.directory);
    assert(problem === undefined && pack.id.length === PACK_ID_BYTES, problem ?? "a pack id has 32 bytes");
  }
  const directories = packs.map((pack) => pack.directory);
  const writer = new ByteWriter()
    .u32(packs.length)
    .u32(sum(directories, (directory) => directory.frameFlags.length))
    .u32(sum(directories, (directory) => directory.chunkTypes.length))
    .u32(0);
  for (const pack of packs) writer.u53(pack.objectLength);
  for (const directory of directories) writer.u53(directory.rawLength);
  writer.u32s(directories.map((directory) => directory.frameFlags.length));
  writer.u32s(directories.map((directory) => directory.chunkTypes.length));
  for (const directory of directories) writer.u32s(directory.frameSealedLengths);
  for (const directory of directories) writer.u32s(directory.chunkLengths);
  for (const pack of packs) writer.bytes(pack.id);
  for (const directory of directories) writer.bytes(directory.chunkIds);
  writer.bytes(Uint8Array.from(packs, (pack) => pack.kind));
  for (const directory of directories) writer.bytes(directory.frameFlags);
  for (const directory of directories) writer.bytes(directory.chunkTypes);
  return writer.finish();
}

function sum(directories: readonly PackDirectory[], of: (directory: PackDirectory) => number): number {
  return directories.reduce((total, directory) => total + of(directory), 0);
}

/** The columns of a segment, before they are dealt out to packs. */
interface Columns {
  readonly objectLengths: readonly number[];
  readonly rawLengths: readonly number[];
  readonly frameCounts: Uint32Array;
  readonly chunkCounts: Uint32Array;
  readonly frameSealedLengths: Uint32Array;
  readonly chunkLengths: Uint32Array;
  readonly packIds: Uint8Array;
  readonly chunkIds: Uint8Array;
  readonly kinds: Uint8Array;
  readonly frameFlags: Uint8Array;
  readonly chunkTypes: Uint8Array;
}

/** Reads a segment; all arrays are views of `bytes` where memory allows. @throws AppError E_CORRUPT */
export function decodeIndexSegment(bytes: Uint8Array): readonly IndexedPack[] {
  const reader = new ByteReader(bytes, WHAT);
  const columns = readColumns(reader, bytes.length);
  const packs: IndexedPack[] = [];
  let frame = 0;
  let chunk = 0;
  for (const [index, objectLength] of columns.objectLengths.entries()) {
    const frameEnd = frame + (columns.frameCounts[index] ?? 0);
    const chunkEnd = chunk + (columns.chunkCounts[index] ?? 0);
    if (frameEnd > columns.frameFlags.length || chunkEnd > columns.chunkTypes.length)
      throw reader.damage("its packs have more rows than it");
    packs.push({
      id: columns.packIds.subarray(index * PACK_ID_BYTES, (index + 1) * PACK_ID_BYTES),
      kind: packKind(columns.kinds[index], reader),
      objectLength,
      directory: directoryAt(columns, index, { frame, frameEnd, chunk, chunkEnd }),
    });
    frame = frameEnd;
    chunk = chunkEnd;
  }
  if (frame !== columns.frameFlags.length || chunk !== columns.chunkTypes.length) throw reader.damage("it has rows without a pack");
  for (const { directory } of packs) {
    const problem = directoryProblem(directory);
    if (problem !== undefined) throw reader.damage(`of a pack: ${problem}`);
  }
  return packs;
}

function readColumns(reader: ByteReader, length: number): Columns {
  const packs = reader.u32();
  const frames = reader.u32();
  const chunks = reader.u32();
  const zero = reader.u32();
  if (zero !== 0 || packs * PACK_ROW_BYTES + frames * FRAME_ROW_BYTES + chunks * CHUNK_ROW_BYTES > length) {
    throw reader.damage("it has more rows than it can hold");
  }
  const columns = {
    objectLengths: Array.from({ length: packs }, () => reader.u53()),
    rawLengths: Array.from({ length: packs }, () => reader.u53()),
    frameCounts: reader.u32s(packs),
    chunkCounts: reader.u32s(packs),
    frameSealedLengths: reader.u32s(frames),
    chunkLengths: reader.u32s(chunks),
    packIds: reader.bytes(packs * PACK_ID_BYTES),
    chunkIds: reader.bytes(chunks * CHUNK_ID_BYTES),
    kinds: reader.bytes(packs),
    frameFlags: reader.bytes(frames),
    chunkTypes: reader.bytes(chunks),
  };
  reader.end();
  return columns;
}

interface RowRange {
  readonly frame: number;
  readonly frameEnd: number;
  readonly chunk: number;
  readonly chunkEnd: number;
}

function directoryAt(columns: Columns, index: number, { frame, frameEnd, chunk, chunkEnd }: RowRange): PackDirectory {
  return {
    rawLength: columns.rawLengths[index] ?? 0,
    frameSealedLengths: columns.frameSealedLengths.subarray(frame, frameEnd),
    frameFlags: columns.frameFlags.subarray(frame, frameEnd),
    chunkIds: columns.chunkIds.subarray(chunk * CHUNK_ID_BYTES, chunkEnd * CHUNK_ID_BYTES),
    chunkTypes: columns.chunkTypes.subarray(chunk, chunkEnd),
    chunkLengths: columns.chunkLengths.subarray(chunk, chunkEnd),
  };
}

function packKind(kind: number | undefined, reader: ByteReader): PackKind {
  if (kind !== OBJECT_KIND.dataPack && kind !== OBJECT_KIND.metadataPack) throw reader.damage("it names an unknown kind of pack");
  return kind;
}
