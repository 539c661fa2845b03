import * as fc from "fast-check";
import { CHUNK_TYPE } from "../../src/format/entry.ts";
import type { IndexedPack } from "../../src/format/index-segment.ts";
import { FRAME_FLAG } from "../../src/format/pack-directory.ts";
import type { PackDirectory } from "../../src/format/pack-directory.ts";
import { frameCount, frameRawLength, OBJECT_KIND, TAG_BYTES } from "../../src/format/sealed-object.ts";
import { plain } from "./arbitrary-entry.ts";

interface ChunkRow {
  readonly id: Uint8Array;
  readonly type: number;
  readonly length: number;
}

const anyChunk: fc.Arbitrary<ChunkRow> = plain({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  type: fc.constantFrom(...Object.values(CHUNK_TYPE)),
  length: fc.oneof(fc.nat(5000), fc.nat(3 << 20)),
});

/** Directories that could be a pack's: chunks that fill their frames, frames compressed or not. */
export const anyPackDirectory: fc.Arbitrary<PackDirectory> = fc
  .tuple(fc.array(anyChunk, { maxLength: 8 }), fc.array(fc.nat(), { minLength: 25, maxLength: 25 }))
  .map(([chunks, numbers]) => {
    const rawLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const frames = Array.from({ length: frameCount(rawLength) }, (_, number) => {
      const raw = frameRawLength(number, rawLength);
      const saved = (numbers[number] ?? 0) % raw;
      return { length: raw - saved + TAG_BYTES, flag: saved === 0 ? FRAME_FLAG.raw : FRAME_FLAG.compressed };
    });
    return {
      rawLength,
      frameSealedLengths: Uint32Array.from(frames, (frame) => frame.length),
      frameFlags: Uint8Array.from(frames, (frame) => frame.flag),
      chunkIds: new Uint8Array(Buffer.concat(chunks.map((chunk) => chunk.id))),
      chunkTypes: Uint8Array.from(chunks, (chunk) => chunk.type),
      chunkLengths: Uint32Array.from(chunks, (chunk) => chunk.length),
    };
  });

export const anyIndexedPack: fc.Arbitrary<IndexedPack> = plain({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  kind: fc.constantFrom(OBJECT_KIND.dataPack, OBJECT_KIND.metadataPack),
  objectLength: fc.maxSafeNat(),
  directory: anyPackDirectory,
});
