import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE, type Extent } from "../format/entry.ts";
import type { ReadBuffers } from "../repository/stretch-reader.ts";
import { equalBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import type { ExistingFile, Target } from "../source/target.ts";
import { FileTable } from "./file-columns.ts";
import { type CompareTask, LIKENESS, type RestoreTaskResult } from "./restore-protocol.ts";

export interface CompareOptions {
  readonly target: Target;
  readonly hasher: ChunkHasher;
  readonly buffers: ReadBuffers;
}

const ZEROS: Uint8Array = new Uint8Array(64 * 1024);

/** Reads files of the target and says which of their chunks are not what they should be. */
export async function compareFiles(task: CompareTask, options: CompareOptions): Promise<RestoreTaskResult> {
  const table = new FileTable(task.files);
  const differs = new Uint8Array(task.rows.lengths.length);
  const likeness = new Uint8Array(table.count);
  let row = 0;
  for (let at = 0; at < table.count; at += 1) {
    const rows = { first: row, end: row + (task.files.rowCounts[at] ?? 0) };
    row = rows.end;
    try {
      const file = await options.target.openExisting(table.directory(at), table.name(at));
      const wanted = { size: table.size(at), extents: table.extents(at) };
      likeness[at] = file === undefined ? LIKENESS.notMendable : await compareFile(file, task, { ...options, rows, differs, ...wanted });
    } catch (error) {
      // Whoever replaces the file meets the reason again, if it still matters then.
      if (!isAppError(error)) throw error;
      likeness[at] = LIKENESS.notMendable;
    }
  }
  return { outcomes: new Uint8Array(0), differs, likeness, issues: [], bytesWritten: 0, bytesFetched: 0 };
}

interface FileComparison extends CompareOptions {
  readonly rows: { readonly first: number; readonly end: number };
  readonly differs: Uint8Array;
  readonly size: number;
  readonly extents: readonly Extent[] | undefined;
}

async function compareFile(file: ExistingFile, task: CompareTask, wanted: FileComparison): Promise<number> {
  try {
    const differing = await compareRows(file, task, wanted);
    if (wanted.extents !== undefined && (await hasDataInHoles(file, wanted.extents, wanted))) return LIKENESS.notMendable;
    const fits = file.size === wanted.size;
    if (!file.writable && !(fits && differing === 0)) return LIKENESS.notMendable;
    return fits ? LIKENESS.alike : LIKENESS.otherLength;
  } finally {
    await file.abandon();
  }
}

/** Marks the rows whose bytes differ; returns how many do. */
async function compareRows(file: ExistingFile, { rows }: CompareTask, wanted: FileComparison): Promise<number> {
  let differing = 0;
  for (let row = wanted.rows.first; row < wanted.rows.end; row += 1) {
    const bytes = wanted.buffers.chunk(rows.lengths[row] ?? 0);
    const got = await readContent(file, bytes, { position: rows.positions[row] ?? 0, extents: wanted.extents });
    const id = rows.ids.subarray(row * CHUNK_ID_BYTES, (row + 1) * CHUNK_ID_BYTES);
    if (got === bytes.length && equalBytes(wanted.hasher.id(CHUNK_TYPE.data, bytes), id)) continue;
    wanted.differs[row] = 1;
    differing += 1;
  }
  return differing;
}

/** Reads a stretch of a file's content stream: of a sparse file, of its extents laid end to end. */
async function readContent(
  file: ExistingFile,
  into: Uint8Array,
  place: { position: number; extents: readonly Extent[] | undefined },
): Promise<number> {
  if (place.extents === undefined) return await readFully(file, into, place.position);
  let streamAt = 0;
  let got = 0;
  for (const extent of place.extents) {
    const from = Math.max(place.position, streamAt);
    const to = Math.min(place.position + into.length, streamAt + extent.length);
    if (from < to) got += await readFully(file, into.subarray(from - place.position, to - place.position), extent.offset + from - streamAt);
    streamAt += extent.length;
  }
  return got;
}

async function readFully(file: ExistingFile, into: Uint8Array, position: number): Promise<number> {
  let got = 0;
  while (got < into.length) {
    const read = await file.read(into.subarray(got), position + got);
    if (read === 0) break;
    got += read;
  }
  return got;
}

/** True when a file has other bytes than zeros outside the extents it should have. Its own holes are not read. */
async function hasDataInHoles(
  file: ExistingFile,
  extents: readonly Extent[],
  { size, buffers }: { readonly size: number; readonly buffers: ReadBuffers },
): Promise<boolean> {
  const data = (await file.extents()) ?? [{ offset: 0, length: file.size }];
  for (const { offset, length } of uncovered(data, extents, size)) {
    for (let at = offset; at < offset + length; at += ZEROS.length) {
      const bytes = buffers.frame.subarray(0, Math.min(ZEROS.length, offset + length - at));
      const got = await readFully(file, bytes, at);
      if (!equalBytes(bytes.subarray(0, got), ZEROS.subarray(0, got))) return true;
    }
  }
  return false;
}

/** The parts of `data` below `size` that no extent covers. Both ascend. */
function* uncovered(data: readonly Extent[], extents: readonly Extent[], size: number): Generator<Extent> {
  let next = 0;
  for (const { offset, length } of data) {
    const end = Math.min(offset + length, size);
    for (let at = offset; at < end;) {
      const extent = extents[next];
      if (extent === undefined || extent.offset >= end) {
        yield { offset: at, length: end - at };
        break;
      }
      if (extent.offset > at) yield { offset: at, length: extent.offset - at };
      at = Math.max(at, extent.offset + extent.length);
      if (at < end) next += 1;
    }
  }
}
