import type { ChunkIndex } from "../repository/chunk-index.ts";
import type { BatchResult, FileBatch, StoredPack } from "./lane-protocol.ts";

/**
 * Where batches of files are read and stored: threads of this process, or this very thread.
 * A failure of the store or of a thread rejects every call from then on.
 */
export interface LanePool {
  /** Resolves when a lane can take another batch without queueing more than it should. */
  room(): Promise<void>;
  submit(batch: FileBatch): Promise<BatchResult>;
  /** Hands out a grown index; only called while no batch is in flight. */
  useIndex(index: ChunkIndex): Promise<void>;
  /** Ends all open packs; resolves when every pack is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LanePoolEvents {
  /** A pack is durable in the store. */
  readonly stored: (pack: StoredPack) => void;
  /** Bytes were read of a file that takes long; its result has them too. */
  readonly read?: (bytes: number) => void;
}
