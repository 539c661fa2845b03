import { StorageError } from "../../protocol/errors.ts";
import { etagOf } from "../../protocol/ticks.ts";
import type { ShareStore, SnapshotStore } from "../backend.ts";
import type { ShareDraft, SharePatch, ShareProperties, ShareRecord, SnapshotRecord } from "../share-record.ts";
import { formatTicks, type Ticks } from "../../protocol/ticks.ts";
import { big, int, text, type Row } from "./database.ts";
import type { DiskState } from "./disk-state.ts";
import { ROOT_ATTRIBUTES, insertNode } from "./node-table.ts";
import { ALIVE } from "./schema.ts";

const COLUMNS = "name, protocol, modified, tier_changed, record";

/** Shares of the disk backend. */
export class DiskShares implements ShareStore {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async list(): Promise<readonly ShareRecord[]> {
    return this.#state.db.all(`SELECT ${COLUMNS} FROM share ORDER BY name`).map(toShare);
  }

  async get(name: string): Promise<ShareRecord | undefined> {
    const row = this.#state.db.get(`SELECT ${COLUMNS} FROM share WHERE name = ?`, name);
    return row && toShare(row);
  }

  async create(name: string, { protocol, ...properties }: ShareDraft): Promise<ShareRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      if (db.get("SELECT 1 FROM share WHERE name = ?", name) !== undefined) throw new StorageError("ShareAlreadyExists");
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
        JSON.stringify(properties),
      );
      const times = { created: now, accessed: now, written: now, changed: now };
      const posix = protocol === "NFS" ? { owner: "0", group: "0", mode: 0o755 } : undefined;
      insertNode(
        db,
        { id: root, born: 1, share },
        { kind: "directory", size: 0, times, modified: now, links: 1, linkText: undefined, posix, ...ROOT_ATTRIBUTES },
      );
      return { name, protocol, ...properties, modified: now, etag: etagOf(now), tierChangedAt: now };
    });
  }

  async update(name: string, patch: SharePatch): Promise<ShareRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      const row = db.get(`SELECT ${COLUMNS} FROM share WHERE name = ?`, name);
      if (row === undefined) throw new StorageError("ShareNotFound");
      const old = toShare(row);
      const now = clock();
      const { quotaGib, accessTier, rootSquash, metadata, policies }: ShareProperties = { ...old, ...patch };
      const tierChangedAt: Ticks = accessTier === old.accessTier ? old.tierChangedAt : now;
      const record = JSON.stringify({ quotaGib, accessTier, rootSquash, metadata, policies });
      db.run("UPDATE share SET modified = ?, tier_changed = ?, record = ? WHERE name = ?", now, tierChangedAt, record, name);
      return { ...old, ...patch, modified: now, etag: etagOf(now), tierChangedAt };
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
    });
  }

  async usageBytes(name: string): Promise<number> {
    const { id } = this.#state.share(name);
    const row = this.#state.db.get(`SELECT coalesce(sum(size), 0) AS bytes FROM node WHERE share = ? AND died = ${ALIVE}`, id);
    return row === undefined ? 0 : int(row, "bytes");
  }
}

/** Share snapshots of the disk backend: one row each, whatever the share holds. */
export class DiskSnapshots implements SnapshotStore {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async list(share: string): Promise<readonly SnapshotRecord[]> {
    const { id, name, protocol } = this.#state.share(share);
    const rows = this.#state.db.all("SELECT stamp, modified, tier_changed, record FROM snapshot WHERE share = ? ORDER BY epoch", id);
    return rows.map((row) => ({ ...toShare({ ...row, name, protocol }), snapshot: text(row, "stamp") }));
  }

  async get(share: string, snapshot: string): Promise<SnapshotRecord | undefined> {
    const { id, name, protocol } = this.#state.share(share);
    const row = this.#state.db.get("SELECT modified, tier_changed, record FROM snapshot WHERE share = ? AND stamp = ?", id, snapshot);
    return row && { ...toShare({ ...row, name, protocol }), snapshot };
  }

  async create(
    share: string,
    options: { readonly metadata: Readonly<Record<string, string>>; readonly countMax: number },
  ): Promise<SnapshotRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      const { id, epoch } = this.#state.share(share);
      const count = db.get("SELECT count(*) AS count FROM snapshot WHERE share = ?", id);
      if (count !== undefined && int(count, "count") >= options.countMax) throw new StorageError("ShareSnapshotCountExceeded");
      const row = db.get(`SELECT ${COLUMNS} FROM share WHERE id = ?`, id);
      if (row === undefined) throw new StorageError("ShareNotFound");
      const old = toShare(row);
      const metadata = Object.keys(options.metadata).length > 0 ? options.metadata : old.metadata;
      const { quotaGib, accessTier, rootSquash, policies } = old;
      const stamp = formatTicks(clock());
      db.run(
        "INSERT INTO snapshot (share, epoch, stamp, modified, tier_changed, record) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        epoch,
        stamp,
        old.modified,
        old.tierChangedAt,
        JSON.stringify({ quotaGib, accessTier, rootSquash, policies, metadata }),
      );
      db.run("UPDATE share SET epoch = epoch + 1 WHERE id = ?", id);
      return { ...old, metadata, snapshot: stamp };
    });
  }

  async delete(share: string, snapshot: string): Promise<void> {
    const { db, extents } = this.#state;
    await this.#state.change(() => {
      const { epoch, share: owner } = this.#state.sight({ share, snapshot });
      db.run("DELETE FROM snapshot WHERE share = ? AND epoch = ?", owner.id, epoch);
      const older = db.get("SELECT coalesce(max(epoch), 0) AS epoch FROM snapshot WHERE share = ? AND epoch < ?", owner.id, epoch);
      const newer = db.get("SELECT min(epoch) AS epoch FROM snapshot WHERE share = ? AND epoch > ?", owner.id, epoch);
      const after = older === undefined ? 0 : int(older, "epoch");
      const before = newer?.["epoch"] === null || newer === undefined ? owner.epoch : int(newer, "epoch");
      extents.purge(owner.id, after, before);
      for (const table of ["entry", "node"]) {
        db.run(`DELETE FROM ${table} WHERE share = ? AND died < ${ALIVE} AND died <= ? AND born > ?`, owner.id, before, after);
      }
    });
  }
}

function toShare(row: Row): ShareRecord {
  const modified = big(row, "modified");
  return {
    name: text(row, "name"),
    protocol: text(row, "protocol") === "NFS" ? "NFS" : "SMB",
    ...(JSON.parse(text(row, "record")) as ShareProperties),
    modified,
    etag: etagOf(modified),
    tierChangedAt: big(row, "tier_changed"),
  };
}
