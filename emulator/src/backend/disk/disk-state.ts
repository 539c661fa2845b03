import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../protocol/clock.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { View } from "../backend.ts";
import { Database, int } from "./database.ts";
import { Extents } from "./extents.ts";
import { SegmentStore } from "./segment-store.ts";
import { SHARE_COLUMNS, toShareRow, type ShareRow } from "./share-rows.ts";

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
  /** Rows of shares; every request needs one, and they hardly change. */
  readonly #shares = new Map<string, ShareRow>();
  #closing: Promise<void> | undefined;

  constructor(location: string, clock: Clock) {
    mkdirSync(location, { recursive: true });
    this.clock = clock;
    this.db = new Database(join(location, "metadata.sqlite"));
    this.extents = new Extents(this.db);
    this.segments = new SegmentStore(join(location, "content"), (segment) => this.extents.uses(segment));
  }

  findShare(name: string): ShareRow | undefined {
    const known = this.#shares.get(name);
    if (known !== undefined) return known;
    const row = this.db.get(`SELECT ${SHARE_COLUMNS} FROM share WHERE name = ?`, name);
    if (row === undefined) return undefined;
    const share = toShareRow(row);
    this.#shares.set(name, share);
    return share;
  }

  /** Throws ShareNotFound. */
  share(name: string): ShareRow {
    const share = this.findShare(name);
    if (share === undefined) throw new StorageError("ShareNotFound");
    return share;
  }

  /** To be called with every change of a share's own row or of its snapshots. */
  forgetShare(name: string): void {
    this.#shares.delete(name);
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
      this.#shares.clear();
      throw error;
    }
    for (const segment of this.extents.settle()) await this.segments.drop(segment);
    return result;
  }

  /** Closing twice is closing once. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.segments.close();
    this.db.close();
  }
}
