import assert from "node:assert/strict";
import { Lane } from "../../src/archiver/lane.ts";
import type { BatchResult, FileBatch } from "../../src/archiver/lane-protocol.ts";
import { ChunkKernel } from "../../src/chunker/chunk-kernel.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE } from "../../src/format/entry.ts";
import type { FinishedPack, PackWriter } from "../../src/repository/pack-writer.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { must } from "../../src/shared/assert.ts";
import { byteStringOf, toHex } from "../../src/shared/bytes.ts";
import type { ContentReader, SourceNode } from "../../src/source/source.ts";
import { memoryRepository, packWriter } from "./memory-repository.ts";

/** Chunk lengths of test lanes: a window holds 64 KiB. */
export const LANE_CHUNKS = { minBytes: 4096, targetBytes: 8192, maxBytes: 32_768 };

/** A lane over a reader, and what it stored: chunks by id (hex). */
export interface LaneFixture {
  readonly lane: Lane;
  readonly repository: OpenRepository;
  readonly writer: PackWriter;
  readonly sent: FinishedPack[];
}

export async function laneOver(reader: ContentReader, onRead: (bytes: number) => void = () => undefined): Promise<LaneFixture> {
  const { repository } = await memoryRepository();
  const writer = await packWriter(repository.context);
  const sent: FinishedPack[] = [];
  // One key for all: lanes of different repositories cut alike.
  const kernel = ChunkKernel.create(new Uint8Array(32).fill(7), LANE_CHUNKS);
  const send = async (pack: FinishedPack): Promise<void> => {
    sent.push(pack);
  };
  return { lane: new Lane({ kernel, hasher: repository.hasher, readers: [reader], writer, send, onRead }), repository, writer, sent };
}

/** A batch of files of one directory, as their listing saw them. */
export function batchOf(nodes: readonly SourceNode[]): FileBatch {
  return {
    source: 0,
    directories: [byteStringOf("")],
    directoryOf: nodes.map(() => 0),
    names: nodes.map(({ name }) => name),
    sizes: nodes.map(({ size }) => size),
    nodeIds: nodes.map(({ nodeId }) => nodeId),
    changeTokens: nodes.map(({ changeToken }) => changeToken),
  };
}

/** Ids (hex) of the chunks of each file. */
export function chunksOf({ chunkCounts, chunkIds }: BatchResult): readonly (readonly string[])[] {
  let at = 0;
  return [...chunkCounts].map((count) => {
    const ids = Array.from({ length: count }, (_, chunk) =>
      toHex(chunkIds.subarray((at + chunk) * CHUNK_ID_BYTES, (at + chunk + 1) * CHUNK_ID_BYTES)),
    );
    at += count;
    return ids;
  });
}

/** Lengths of the chunks of each file, bytes. */
export function lengthsOf({ chunkCounts, chunkLengths }: BatchResult): readonly (readonly number[])[] {
  let at = 0;
  return [...chunkCounts].map((count) => {
    const lengths = [...chunkLengths.subarray(at, at + count)];
    at += count;
    return lengths;
  });
}

/** Fails unless the file at `at` of a batch has exactly this content, in chunks that are stored. */
export function assertContent(
  fixture: LaneFixture,
  result: BatchResult,
  { at, content }: { readonly at: number; readonly content: Uint8Array },
): void {
  const ids: string[] = [];
  let start = 0;
  for (const length of must(lengthsOf(result)[at], "the batch has the file")) {
    ids.push(toHex(fixture.repository.hasher.id(CHUNK_TYPE.data, content.subarray(start, start + length))));
    start += length;
  }
  assert.equal(start, content.length);
  assert.deepEqual(chunksOf(result)[at], ids);
  const stored = storedIn(fixture);
  for (const id of ids) assert.ok(stored.has(id), "the chunk is stored");
}

/** Ids (hex) of all chunks that were stored so far. Ends the open pack. */
export function storedIn({ writer, sent }: LaneFixture): ReadonlySet<string> {
  const open = writer.finish();
  if (open !== undefined) sent.push(open);
  const stored = new Set<string>();
  for (const { indexed } of sent) {
    const { chunkIds } = indexed.directory;
    for (let at = 0; at < chunkIds.length; at += CHUNK_ID_BYTES) stored.add(toHex(chunkIds.subarray(at, at + CHUNK_ID_BYTES)));
  }
  return stored;
}
