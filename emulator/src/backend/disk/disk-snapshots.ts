import { StorageError } from "../../protocol/errors.ts";
import { formatTicks } from "../../protocol/ticks.ts";
import type { SnapshotStore } from "../backend.ts";
import type { SnapshotRecord } from "../share-record.ts";
import { int } from "./database.ts";
import type { DiskState } from "./disk-state.ts";
import { ALIVE } from "./schema.ts";
import { recordColumn, toSnapshot } from "./share-rows.ts";

/** Share snapshots of the disk backend: one row each, whatever the share holds. */
export class DiskSnapshots implements SnapshotStore {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async list(name: string): Promise<readonly SnapshotRecord[]> {
    const share = this.#state.share(name);
    return this.#state.db.all("SELECT * FROM snapshot WHERE share = ? ORDER BY epoch", share.id).map((row) => toSnapshot(row, share));
  }

  async get(name: string, snapshot: string): Promise<SnapshotRecord | undefined> {
    const share = this.#state.share(name);
    const row = this.#state.db.get("SELECT * FROM snapshot WHERE share = ? AND stamp = ?", share.id, snapshot);
    return row && toSnapshot(row, share);
  }

  async create(
    name: string,
    { metadata, countMax }: { readonly metadata: Readonly<Record<string, string>>; readonly countMax: number },
  ): Promise<SnapshotRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      const { id, epoch, record } = this.#state.share(name);
      const count = db.get("SELECT count(*) AS count FROM snapshot WHERE share = ?", id);
      if (count !== undefined && int(count, "count") >= countMax) throw new StorageError("ShareSnapshotCountExceeded");
      const frozen = Object.keys(metadata).length > 0 ? { ...record, metadata } : record;
      const stamp = formatTicks(clock());
      db.run(
        "INSERT INTO snapshot (share, epoch, stamp, modified, tier_changed, record) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        epoch,
        stamp,
        record.modified,
        record.tierChangedAt,
        recordColumn(frozen),
      );
      db.run("UPDATE share SET epoch = epoch + 1 WHERE id = ?", id);
      this.#state.forgetShare(name);
      return { ...frozen, snapshot: stamp };
    });
  }

  async delete(name: string, snapshot: string): Promise<void> {
    const { db, extents } = this.#state;
    await this.#state.change(() => {
      const { epoch, share } = this.#state.sight({ share: name, snapshot });
      db.run("DELETE FROM snapshot WHERE share = ? AND epoch = ?", share.id, epoch);
      const { after, before } = this.#neighbours(share.id, epoch);
      // What was born after the older neighbour and died before the younger one was seen by this snapshot alone.
      extents.purge(share.id, after, before ?? share.epoch);
      for (const table of ["entry", "node"]) {
        const sql = `DELETE FROM ${table} WHERE share = ? AND died < ${ALIVE} AND died <= ? AND born > ?`;
        db.run(sql, share.id, before ?? share.epoch, after);
      }
      this.#state.forgetShare(name);
    });
  }

  #neighbours(share: number, epoch: number): { readonly after: number; readonly before: number | undefined } {
    const { db } = this.#state;
    const older = db.get("SELECT coalesce(max(epoch), 0) AS epoch FROM snapshot WHERE share = ? AND epoch < ?", share, epoch);
    const newer = db.get("SELECT epoch FROM snapshot WHERE share = ? AND epoch > ? ORDER BY epoch LIMIT 1", share, epoch);
    return { after: older === undefined ? 0 : int(older, "epoch"), before: newer && int(newer, "epoch") };
  }
}
