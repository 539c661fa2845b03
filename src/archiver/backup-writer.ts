import { ObjectHasher } from "../crypto/chunk-id.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { loadIndexForWriting, type WriterIndex } from "../repository/loaded-index.ts";
import { PackWriter } from "../repository/pack-writer.ts";
import type { OpenRepository } from "../repository/repository.ts";
import type { Session } from "../repository/session.ts";
import type { ReaderSpec } from "../source/source.ts";
import type { ProgressCounters } from "../telemetry/events.ts";
import { FileQueue } from "./file-queue.ts";
import { placesOf } from "./old-places.ts";
import { InlinePool } from "./inline-pool.ts";
import type { LanePool } from "./lane-pool.ts";
import type { LaneSpec, StoredPack } from "./lane-protocol.ts";
import type { RunTotals } from "./run-totals.ts";
import type { SourceWriter } from "./source-writer.ts";
import { ThreadPool } from "./thread-pool.ts";
import { TreeWriter } from "./tree-writer.ts";
import { UploadQueue } from "./upload-queue.ts";

/** Frames opened again before they are sent: every sixteenth, and every directory of a pack. */
const SELF_CHECK = 1 / 16;

/** Pages and attribute values are shorter. */
const PAGE_BYTES_MAX: number = 32 * 1024 * 1024;

/** Pages are small, many and read first of all: a little more effort pays. */
const METADATA_LEVEL = 3;

export interface BackupWriterOptions {
  readonly repository: OpenRepository;
  readonly session: Session;
  readonly readers: readonly ReaderSpec[];
  readonly threads: number;
  readonly compressionLevel: number;
  readonly totals: RunTotals;
  readonly counters: ProgressCounters;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Everything between a walk and the store: lanes, pages, packs, and the session that names them. */
export class BackupWriter implements SourceWriter {
  readonly queue: FileQueue;
  readonly tree: TreeWriter;
  readonly #pool: LanePool;

  private constructor(parts: { queue: FileQueue; tree: TreeWriter; pool: LanePool }) {
    this.queue = parts.queue;
    this.tree = parts.tree;
    this.#pool = parts.pool;
  }

  /** Loads the index and starts the lanes. The session must be announced already. */
  static async open(options: BackupWriterOptions): Promise<BackupWriter> {
    const { repository, session, totals, counters } = options;
    const loaded = await loadIndexForWriting(repository.context);
    repository.useIndex(loaded);
    for (const pack of loaded.adopted) session.addPack(pack);
    const stored = ({ number, indexed }: StoredPack): void => {
      loaded.packs.set(number, indexed);
      session.addPack(indexed);
      totals.bytesStored += indexed.objectLength;
      counters.bytesStored += indexed.objectLength;
    };
    const pool = await openPool(options, { loaded, stored });
    const { keys, repositoryId, random } = repository.context;
    const { config } = repository;
    const metadata = {
      kind: OBJECT_KIND.metadataPack,
      packBytes: config.metadataPackBytes,
      suite: config.suite,
      level: METADATA_LEVEL,
      selfCheck: 1,
      chunkBytesMax: PAGE_BYTES_MAX,
    };
    const writer = new PackWriter({
      ...metadata,
      keys,
      repositoryId,
      random,
      objectHasher: await ObjectHasher.create(),
      index: loaded.index,
    });
    let toldOfThrottling = false;
    const tree = new TreeWriter({ hasher: repository.hasher, writer, uploads: new UploadQueue(repository.store, stored) });
    const queue = new FileQueue({
      pool,
      index: () => loaded.index,
      growIndex: (chunks) => {
        loaded.index = loaded.index.grown(chunks);
        writer.useIndex(loaded.index);
        return loaded.index;
      },
      chunkBytesMin: config.chunker.minBytes,
      locate: (content) => placesOf(content, loaded),
      progress: (result) => {
        totals.bytesRead += result.bytesRead;
        totals.bytesNew += result.bytesNew;
        if (result.throttled === true && !toldOfThrottling) {
          toldOfThrottling = true;
          options.note("the share throttles reading; it goes on, more slowly");
        }
      },
    });
    return new BackupWriter({ queue, tree, pool });
  }

  /** Resolves when every pack is durable. */
  async finish(): Promise<void> {
    await this.queue.drain();
    await Promise.all([this.#pool.flush(), this.tree.flush()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.tree.close()]);
  }
}

async function openPool(
  options: BackupWriterOptions,
  parts: { loaded: WriterIndex; stored: (pack: StoredPack) => void },
): Promise<LanePool> {
  const { repository, threads, compressionLevel, readers } = options;
  const { keys, repositoryId, random } = repository.context;
  const spec: Omit<LaneSpec, "store"> = {
    keys,
    repositoryId,
    config: repository.config,
    readers,
    index: parts.loaded.index.buffer,
    compressionLevel,
    selfCheck: SELF_CHECK,
  };
  const { counters } = options;
  const events = {
    stored: parts.stored,
    read: (bytes: number): void => {
      counters.bytesDone += bytes;
    },
  };
  if (threads === 0) return await InlinePool.open(spec, { store: repository.store, random, events });
  return new ThreadPool({ ...spec, store: repository.spec }, { threads, events, signal: options.signal });
}
