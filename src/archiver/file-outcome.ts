import { CHUNK_ID_BYTES, type ChunkRefs, NO_CHUNKS } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import type { BatchResult, FileExtras } from "./lane-protocol.ts";

/** What reading one file gave. */
export interface FileOutcome {
  readonly content: ChunkRefs;
  /** Finished, or of a segment the accumulator. */
  readonly xorHash: bigint;
  readonly extras: FileExtras;
}

const NO_EXTRAS: FileExtras = Object.freeze({});

/** Takes a batch result apart, file by file in order. References are views of the result's arrays. */
export class OutcomeReader {
  readonly #result: BatchResult;
  #file = 0;
  #chunk = 0;

  constructor(result: BatchResult) {
    this.#result = result;
  }

  next(): FileOutcome {
    const { chunkCounts, chunkIds, chunkLengths, xorHashes, extras } = this.#result;
    const count = must(chunkCounts[this.#file], "a result has every file of its batch");
    const outcome = {
      content:
        count === 0
          ? NO_CHUNKS
          : {
              ids: chunkIds.subarray(this.#chunk * CHUNK_ID_BYTES, (this.#chunk + count) * CHUNK_ID_BYTES),
              lengths: chunkLengths.subarray(this.#chunk, this.#chunk + count),
            },
      xorHash: must(xorHashes[this.#file], "a result has every file of its batch"),
      extras: extras.get(this.#file) ?? NO_EXTRAS,
    };
    this.#file += 1;
    this.#chunk += count;
    return outcome;
  }
}

/** The chunks of several segments as one sequence. */
export function joinChunks(parts: readonly ChunkRefs[]): ChunkRefs {
  let count = 0;
  for (const part of parts) count += part.lengths.length;
  const ids = new Uint8Array(count * CHUNK_ID_BYTES);
  const lengths = new Uint32Array(count);
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, at * CHUNK_ID_BYTES);
    lengths.set(part.lengths, at);
    at += part.lengths.length;
  }
  return { ids, lengths };
}
