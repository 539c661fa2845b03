import { assert } from "../shared/assert.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE } from "./entry.ts";
import { ByteReader, ByteWriter } from "./little-endian.ts";
import { frameCount, frameRawLength, FRAMES_MAX, TAG_BYTES } from "./sealed-object.ts";

/** How the frames of a sealed object lie one after the other. Frame `n` starts where the sealed lengths before it end. */
export interface FrameTable {
  /** Bytes of each frame as stored, tag included. */
  readonly frameSealedLengths: Uint32Array;
  /** `FRAME_FLAG` of each frame. */
  readonly frameFlags: Uint8Array;
  /** Raw bytes of all frames together; each has `FRAME_BYTES` but the last. */
  readonly rawLength: number;
}

/** Which chunks a pack holds, in order; a chunk starts where the lengths before it end. */
export interface ChunkTable {
  /** 32 bytes a chunk. */
  readonly chunkIds: Uint8Array;
  /** `CHUNK_TYPE` of each. */
  readonly chunkTypes: Uint8Array;
  /** Plain bytes of each. */
  readonly chunkLengths: Uint32Array;
}

/** The payload of a pack's sealed directory. Objects that hold one thing only have no chunks in it. */
export interface PackDirectory extends FrameTable, ChunkTable {}

/** How a frame is stored. */
export const FRAME_FLAG = { raw: 0, compressed: 1 } as const;

const WHAT = "pack directory";
const CHUNKS_PER_BYTE_MAX = 1 / (CHUNK_ID_BYTES + 5);

/** The bytes of a directory: counts, then one column after the other. */
export function encodePackDirectory(directory: PackDirectory): Uint8Array {
  const problem = directoryProblem(directory);
  assert(problem === undefined, problem ?? "");
  return new ByteWriter()
    .u32(directory.frameSealedLengths.length)
    .u32(directory.chunkLengths.length)
    .u53(directory.rawLength)
    .u32s(directory.frameSealedLengths)
    .u32s(directory.chunkLengths)
    .bytes(directory.chunkIds)
    .bytes(directory.chunkTypes)
    .bytes(directory.frameFlags)
    .finish();
}

/** Reads a directory; its arrays are views of `bytes` where memory allows. @throws AppError E_CORRUPT */
export function decodePackDirectory(bytes: Uint8Array): PackDirectory {
  const reader = new ByteReader(bytes, WHAT);
  const frames = reader.u32();
  const chunks = reader.u32();
  if (frames > FRAMES_MAX || chunks > bytes.length * CHUNKS_PER_BYTE_MAX) throw reader.damage("it has more items than it can hold");
  const directory = {
    rawLength: reader.u53(),
    frameSealedLengths: reader.u32s(frames),
    chunkLengths: reader.u32s(chunks),
    chunkIds: reader.bytes(chunks * CHUNK_ID_BYTES),
    chunkTypes: reader.bytes(chunks),
    frameFlags: reader.bytes(frames),
  };
  reader.end();
  const problem = directoryProblem(directory);
  if (problem !== undefined) throw reader.damage(problem);
  return directory;
}

/** What contradicts itself in a directory, or undefined when it is sound. */
export function directoryProblem(directory: PackDirectory): string | undefined {
  const { chunkIds, chunkTypes, chunkLengths, rawLength } = directory;
  if (chunkIds.length !== chunkLengths.length * CHUNK_ID_BYTES || chunkTypes.length !== chunkLengths.length)
    return "its chunk columns differ in length";
  let sum = 0;
  for (let i = 0; i < chunkLengths.length; i += 1) {
    const type = chunkTypes[i] ?? 0;
    if (type < CHUNK_TYPE.data || type > CHUNK_TYPE.attribute) return "it names an unknown chunk type";
    sum += chunkLengths[i] ?? 0;
  }
  if (chunkLengths.length > 0 && sum !== rawLength) return "its chunks do not fill its frames";
  return frameTableProblem(directory);
}

function frameTableProblem({ frameSealedLengths, frameFlags, rawLength }: FrameTable): string | undefined {
  const count = frameSealedLengths.length;
  if (count !== frameCount(rawLength) || count !== frameFlags.length || count > FRAMES_MAX)
    return "its frames do not add up to its raw length";
  for (let i = 0; i < count; i += 1) {
    const stored = (frameSealedLengths[i] ?? 0) - TAG_BYTES;
    const raw = frameRawLength(i, rawLength);
    const flag = frameFlags[i];
    if (flag === FRAME_FLAG.raw ? stored !== raw : flag !== FRAME_FLAG.compressed || stored <= 0 || stored >= raw)
      return `frame ${i} has an impossible length`;
  }
  return undefined;
}

/** Bytes that all frames take as stored. */
export function sealedFrameBytes({ frameSealedLengths }: FrameTable): number {
  let sum = 0;
  for (const length of frameSealedLengths) sum += length;
  return sum;
}
