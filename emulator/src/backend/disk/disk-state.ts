import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../protocol/clock.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { View } from "../backend.ts";
import type { ShareProtocol } from "../share-record.ts";
import { Database, int, text, type Row } from "./database.ts";
import { Extents } from "./extents.ts";
import { SegmentStore } from "./segment-store.ts";

/** A share as the tree's tables need it. */
export interface ShareRow {
  readonly id: number;
  readonly name: string;
  readonly epoch: number;
  /** The number of the root directory. */
  readonly root: number;
  readonly protocol: ShareProtocol;
}

/** A view in terms of the tables. */
export interface Sight {
  readonly share: ShareRow;
  readonly epoch: number;
}

/** What all parts of the disk backend stand on. */
export class DiskState {
  readonly db: Database;
  readonly extents: Extents;
  readonly segments: SegmentStore;
  readonly clock: Clock;

  constructor(location: string, clock: Clock) {
    mkdirSync(location, { recursive: true });
    this.clock = clock;
    this.db = new Database(join(location, "metadata.sqlite"));
    this.extents = new Extents(this.db);
    this.segments = new SegmentStore(join(location, "content"));
  }

  /** Throws ShareNotFound. */
  share(name: string): ShareRow {
    const row = this.db.get("SELECT id, name, epoch, root, protocol FROM share WHERE name = ?", name);
    if (row === undefined) throw new StorageError("ShareNotFound");
    return toShareRow(row);
  }

  /** Throws ShareNotFound, ShareSnapshotNotFound. */
  sight({ share: name, snapshot }: View): Sight {
    const share = this.share(name);
    if (snapshot === undefined) return { share, epoch: share.epoch };
    const row = this.db.get("SELECT epoch FROM snapshot WHERE share = ? AND stamp = ?", share.id, snapshot);
    if (row === undefined) throw new StorageError("ShareSnapshotNotFound");
    return { share, epoch: int(row, "epoch") };
  }

  /** Runs one atomic change, then removes segments that it left without use. */
  async change<T>(work: () => T): Promise<T> {
    let result: T;
    try {
      result = this.db.transaction(work);
    } catch (error) {
      this.extents.abandon();
      throw error;
    }
    for (const segment of this.extents.settle()) await this.segments.drop(segment);
    return result;
  }

  async close(): Promise<void> {
    await this.segments.close();
    this.db.close();
  }
}

function toShareRow(row: Row): ShareRow {
  const protocol = text(row, "protocol") === "NFS" ? "NFS" : "SMB";
  return { id: int(row, "id"), name: text(row, "name"), epoch: int(row, "epoch"), root: int(row, "root"), protocol };
}
