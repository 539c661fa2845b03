import { StorageError } from "../../protocol/errors.ts";
import type { ShareStore } from "../backend.ts";
import type { ShareDraft, SharePatch, ShareRecord } from "../share-record.ts";
import { int } from "./database.ts";
import type { DiskState } from "./disk-state.ts";
import { ROOT_ATTRIBUTES, insertNode } from "./node-table.ts";
import { ALIVE } from "./schema.ts";
import { recordColumn, SHARE_COLUMNS, toShareRow } from "./share-rows.ts";

/** Shares of the disk backend. */
export class DiskShares implements ShareStore {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async list(): Promise<readonly ShareRecord[]> {
    return this.#state.db.all(`SELECT ${SHARE_COLUMNS} FROM share ORDER BY name`).map((row) => toShareRow(row).record);
  }

  async get(name: string): Promise<ShareRecord | undefined> {
    return this.#state.findShare(name)?.record;
  }

  async create(name: string, draft: ShareDraft): Promise<ShareRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      if (this.#state.findShare(name) !== undefined) throw new StorageError("ShareAlreadyExists");
      const { protocol } = draft;
      const now = clock();
      const [share, root] = [db.next("share"), db.next("node")];
      db.run(
        "INSERT INTO share (id, name, epoch, root, protocol, modified, tier_changed, record) VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
        share,
        name,
        root,
        protocol,
        now,
        now,
        recordColumn(draft),
      );
      const times = { created: now, accessed: now, written: now, changed: now };
      const posix = protocol === "NFS" ? { owner: "0", group: "0", mode: 0o755 } : undefined;
      insertNode(
        db,
        { id: root, born: 1, share },
        { kind: "directory", size: 0, times, modified: now, links: 1, linkText: undefined, posix, ...ROOT_ATTRIBUTES },
      );
      return this.#state.share(name).record;
    });
  }

  async update(name: string, patch: SharePatch): Promise<ShareRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      const { record: old } = this.#state.share(name);
      const next = { ...old, ...patch };
      const now = clock();
      const tierChangedAt = next.accessTier === old.accessTier ? old.tierChangedAt : now;
      db.run("UPDATE share SET modified = ?, tier_changed = ?, record = ? WHERE name = ?", now, tierChangedAt, recordColumn(next), name);
      this.#state.forgetShare(name);
      return this.#state.share(name).record;
    });
  }

  async delete(name: string, { snapshots }: { readonly snapshots: boolean }): Promise<void> {
    const { db, extents } = this.#state;
    await this.#state.change(() => {
      const { id } = this.#state.share(name);
      if (!snapshots && db.get("SELECT 1 FROM snapshot WHERE share = ?", id) !== undefined) throw new StorageError("ShareHasSnapshots");
      extents.purgeShare(id);
      for (const table of ["entry", "node", "permission", "snapshot"]) db.run(`DELETE FROM ${table} WHERE share = ?`, id);
      db.run("DELETE FROM share WHERE id = ?", id);
      this.#state.forgetShare(name);
    });
  }

  async usageBytes(name: string): Promise<number> {
    const { id } = this.#state.share(name);
    const row = this.#state.db.get(`SELECT coalesce(sum(size), 0) AS bytes FROM node WHERE share = ? AND died = ${ALIVE}`, id);
    return row === undefined ? 0 : int(row, "bytes");
  }
}
