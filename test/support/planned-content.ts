import { OBJECT_KIND } from "../../src/format/sealed-object.ts";
import { CHUNK_ID_BYTES, type Entry, type Extent } from "../../src/format/entry.ts";
import { ChunkIndex } from "../../src/repository/chunk-index.ts";
import type { LoadedIndex } from "../../src/repository/loaded-index.ts";
import { enterPack, PackTable } from "../../src/repository/pack-table.ts";
import type { ByteString } from "../../src/shared/bytes.ts";
import { FILE_ACTION, type FileAction } from "../../src/restorer/file-columns.ts";
import { PlannedFiles } from "../../src/restorer/planned-files.ts";
import { fileEntry } from "./arbitrary-entry.ts";

/** A chunk of a test, by its number: the number makes its id. */
export interface NumberedChunk {
  readonly number: number;
  readonly length: number;
}

/** The id of a numbered chunk. */
export function numberedId(number: number): Uint8Array {
  const id = new Uint8Array(CHUNK_ID_BYTES).fill(number & 0xff);
  new DataView(id.buffer).setUint32(0, number * 2_654_435_761, true);
  new DataView(id.buffer).setUint32(28, number, true);
  return id;
}

/** The number that an id at a row of packed ids was made from. */
export function numberAt(ids: Uint8Array, row: number): number {
  return new DataView(ids.buffer, ids.byteOffset + row * CHUNK_ID_BYTES).getUint32(28, true);
}

/** An index over packs that hold these chunks, end to end. */
export function indexOf(packs: readonly (readonly NumberedChunk[])[]): LoadedIndex {
  const loaded = { index: ChunkIndex.withRoomFor(1000), packs: new PackTable() };
  for (const [at, chunks] of packs.entries()) {
    const rawLength = chunks.reduce((sum, { length }) => sum + length, 0);
    const frames = Math.ceil(rawLength / (1024 * 1024));
    const directory = {
      chunkIds: new Uint8Array(Buffer.concat(chunks.map(({ number }) => numberedId(number)))),
      chunkTypes: new Uint8Array(chunks.length).fill(1),
      chunkLengths: Uint32Array.from(chunks, ({ length }) => length),
      frameSealedLengths: new Uint32Array(frames).fill(1000),
      frameFlags: new Uint8Array(frames),
      rawLength,
    };
    enterPack({ id: new Uint8Array(32).fill(at + 1), kind: OBJECT_KIND.dataPack, objectLength: 1000 * frames, directory }, loaded);
  }
  return loaded;
}

/** What a planned file of a test is beside its chunks. */
export interface NumberedFile {
  readonly name: string;
  readonly chunks: readonly NumberedChunk[];
  readonly directory?: string;
  readonly action?: FileAction;
  readonly extents?: readonly Extent[];
  readonly entry?: Partial<Entry>;
}

/** Files with numbered chunks, planned in order. */
export function plannedFiles(files: readonly NumberedFile[]): PlannedFiles {
  const planned = new PlannedFiles();
  for (const { name, chunks, directory = "", action = FILE_ACTION.create, extents, entry } of files) {
    const content = {
      ids: new Uint8Array(Buffer.concat(chunks.map(({ number }) => numberedId(number)))),
      lengths: Uint32Array.from(chunks, ({ length }) => length),
    };
    const size = content.lengths.reduce((sum, length) => sum + length, 0);
    planned.add({
      directory: directory as ByteString,
      entry: fileEntry(name, { content, size, extents, ...entry }),
      action,
      attributes: [],
    });
  }
  return planned;
}
