import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE, type Extent } from "../format/entry.ts";
import type { ReadBuffers } from "../repository/stretch-reader.ts";
import { equalBytes } from "../shared/bytes.ts";
import { toAppError } from "../shared/errors.ts";
import type { ExistingFile, Target } from "../source/target.ts";
import { FileTable } from "./file-columns.ts";
import type { CompareTask, FileIssue, RestoreTaskResult } from "./restore-protocol.ts";

export interface CompareOptions {
  readonly target: Target;
  readonly hasher: ChunkHasher;
  readonly buffers: ReadBuffers;
}

/** Reads files of the target and says which of their chunks are not what they should be. */
export async function compareFiles(task: CompareTask, options: CompareOptions): Promise<RestoreTaskResult> {
  const table = new FileTable(task.files);
  const differs = new Uint8Array(task.rows.lengths.length);
  const unlike = new Uint8Array(table.count);
  const issues: FileIssue[] = [];
  let row = 0;
  for (let at = 0; at < table.count; at += 1) {
    const rows = { first: row, end: row + (task.files.rowCounts[at] ?? 0) };
    row = rows.end;
    try {
      const file = await options.target.openExisting(table.directory(at), table.name(at));
      if (file === undefined) {
        unlike[at] = 1;
        continue;
      }
      if (file.size !== table.size(at)) unlike[at] = 1;
      await compareRows(file, task, { ...options, rows, differs, extents: table.extents(at) });
      await file.abandon();
    } catch (error) {
      unlike[at] = 1;
      const { code, what, why, hint } = toAppError(error);
      issues.push({ file: at, code, what, why, hint });
    }
  }
  return { outcomes: new Uint8Array(0), differs, unlike, issues, bytesWritten: 0, bytesFetched: 0 };
}

interface RowComparison extends CompareOptions {
  readonly rows: { readonly first: number; readonly end: number };
  readonly differs: Uint8Array;
  readonly extents: readonly Extent[] | undefined;
}

async function compareRows(file: ExistingFile, { rows }: CompareTask, options: RowComparison): Promise<void> {
  for (let row = options.rows.first; row < options.rows.end; row += 1) {
    const bytes = options.buffers.chunk(rows.lengths[row] ?? 0);
    const got = await readContent(file, bytes, { position: rows.positions[row] ?? 0, extents: options.extents });
    const id = rows.ids.subarray(row * CHUNK_ID_BYTES, (row + 1) * CHUNK_ID_BYTES);
    const same = got === bytes.length && equalBytes(options.hasher.id(CHUNK_TYPE.data, bytes), id);
    if (!same) options.differs[row] = 1;
  }
}

/** Reads a stretch of a file's content stream: of a sparse file, of its extents laid end to end. */
async function readContent(file: ExistingFile, into: Uint8Array, place: { position: number; extents: readonly Extent[] | undefined }): Promise<number> {
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
