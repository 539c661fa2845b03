import type { ChunkHasher } from "../crypto/chunk-id.ts";
import type { RepositoryKeys } from "../crypto/keys.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE } from "../format/entry.ts";
import { neededFrames, type ReadBuffers, StretchReader } from "../repository/stretch-reader.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { Target } from "../source/target.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { compareFiles } from "./compare-files.ts";
import { FileTable } from "./file-columns.ts";
import { FileWriter, hasNoContent } from "./file-writer.ts";
import type { ContentRows, PackFrames, RestoreTask, RestoreTaskResult, WriteTask } from "./restore-protocol.ts";

export interface RestoreWorkerOptions {
  readonly store: Pick<ObjectStore, "read">;
  readonly target: Target;
  readonly hasher: ChunkHasher;
  readonly buffers: ReadBuffers;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
  readonly counters: Int32Array;
}

const NOTHING = new Uint8Array(0);

/** The restore path of one thread: fetch, open, verify, write. Knows nothing of threads and messages. */
export class RestoreWorker {
  readonly #options: RestoreWorkerOptions;

  constructor(options: RestoreWorkerOptions) {
    this.#options = options;
  }

  /** Does one task. Trouble with single files is part of the result; a store that does not answer throws. */
  async handle(task: RestoreTask): Promise<RestoreTaskResult> {
    const { target, hasher, buffers } = this.#options;
    if (task.type === "compare") return await compareFiles(task, { target, hasher, buffers });
    return await this.#write(task);
  }

  async #write(task: WriteTask): Promise<RestoreTaskResult> {
    const table = new FileTable(task.files);
    const writer = new FileWriter(this.#options.target, table, this.#options.counters);
    for (let at = 0; at < table.count; at += 1) if (hasNoContent(table, at)) await writer.writeEmpty(at);
    const bytesFetched = task.pack === undefined ? 0 : await this.#writeRows(writer, task.pack, task.rows);
    await writer.close();
    return {
      outcomes: writer.outcomes,
      issues: writer.issues,
      bytesWritten: writer.bytesWritten,
      bytesFetched,
      differs: NOTHING,
      likeness: NOTHING,
    };
  }

  async #writeRows(writer: FileWriter, pack: PackFrames, rows: ContentRows): Promise<number> {
    const { store, keys, repositoryId, buffers } = this.#options;
    const needed = neededFrames(pack, rows.offsets, rows.lengths);
    const reader = new StretchReader({ store, keys, repositoryId }, pack, { needed, buffers });
    try {
      await this.#writeAll(writer, { pack, rows, reader });
    } finally {
      await reader.close();
    }
    return reader.bytesFetched;
  }

  async #writeAll(
    writer: FileWriter,
    { pack, rows, reader }: { pack: PackFrames; rows: ContentRows; reader: StretchReader },
  ): Promise<void> {
    const { offsets, lengths, files, positions } = rows;
    let verified = -1;
    for (let row = 0; row < offsets.length; row += 1) {
      const file = files[row] ?? 0;
      if (writer.hasFailed(file)) continue;
      try {
        const reading = reader.raw(offsets[row] ?? 0, lengths[row] ?? 0);
        const bytes = reading instanceof Promise ? await reading : reading;
        // Files with the same content follow each other: one look at the bytes is enough for all of them.
        if (verified < 0 || !sameChunk(rows, verified, row)) this.#verify(pack, rows, { row, bytes });
        verified = row;
        await writer.write(file, bytes, positions[row] ?? 0);
      } catch (error) {
        if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
        await writer.fail(file, error);
      }
    }
  }

  #verify(pack: PackFrames, rows: ContentRows, { row, bytes }: { row: number; bytes: Uint8Array }): void {
    const id = rows.ids.subarray(row * CHUNK_ID_BYTES, (row + 1) * CHUNK_ID_BYTES);
    if (equalBytes(this.#options.hasher.id(CHUNK_TYPE.data, bytes), id)) return;
    throw new AppError({
      code: "E_CORRUPT",
      what: `pack ${toHex(pack.id).slice(0, 16)} holds other bytes than the file had`,
      why: "the chunk does not hash to its id",
      hint: "run `varve check --read-data`",
    });
  }
}

function sameChunk({ offsets, lengths, ids }: ContentRows, a: number, b: number): boolean {
  if (offsets[a] !== offsets[b] || lengths[a] !== lengths[b]) return false;
  return equalBytes(ids.subarray(a * CHUNK_ID_BYTES, (a + 1) * CHUNK_ID_BYTES), ids.subarray(b * CHUNK_ID_BYTES, (b + 1) * CHUNK_ID_BYTES));
}
