import { createHash } from "node:crypto";
import type { Clock } from "../../protocol/clock.ts";
import type { Backend, LeaseStore, Permission, PermissionStore } from "../backend.ts";
import type { LeaseRecord } from "../lease-record.ts";
import { text } from "./database.ts";
import { DiskContent } from "./disk-content.ts";
import { DiskShares } from "./disk-shares.ts";
import { DiskSnapshots } from "./disk-snapshots.ts";
import { DiskState } from "./disk-state.ts";
import { DiskTree } from "./disk-tree.ts";
import { DiskWriter } from "./disk-writer.ts";

/**
 * A backend that keeps real bytes below `location`: names, properties and extents in SQLite, content in segment files. What was answered
 * survives a restart. One process at a time.
 */
export function openDiskBackend(location: string, clock: Clock): Backend {
  const state = new DiskState(location, clock);
  const content = new DiskContent(state);
  return {
    shares: new DiskShares(state),
    snapshots: new DiskSnapshots(state),
    tree: new DiskTree(state),
    writer: new DiskWriter(state),
    content,
    contentWriter: content,
    permissions: permissionsOf(state),
    leases: leasesOf(state),
    close: async () => state.close(),
  };
}

function permissionsOf(state: DiskState): PermissionStore {
  return {
    async put(share, { text, format }) {
      const { id } = state.share(share);
      const key = permissionKey(id, { text, format });
      state.db.run("INSERT OR IGNORE INTO permission (share, key, format, text) VALUES (?, ?, ?, ?)", id, key, format, text);
      return key;
    },
    async get(share, key) {
      const { id } = state.share(share);
      const row = state.db.get("SELECT format, text FROM permission WHERE share = ? AND key = ?", id, key);
      return row && { text: text(row, "text"), format: text(row, "format") === "Binary" ? "Binary" : "Sddl" };
    },
  };
}

/** Two numbers joined by a star, as the service's keys look; they differ from share to share for the same descriptor. */
function permissionKey(share: number, { text, format }: Permission): string {
  const digest = createHash("sha256").update(`${share}\0${format}\0${text}`).digest();
  return `${digest.readBigUInt64LE(0)}*${digest.readBigUInt64LE(8)}`;
}

function leasesOf({ db }: DiskState): LeaseStore {
  return {
    async get(resource) {
      const row = db.get("SELECT record FROM lease WHERE resource = ?", resource);
      return row && decodeLease(text(row, "record"));
    },
    async set(resource, lease) {
      if (lease === undefined) db.run("DELETE FROM lease WHERE resource = ?", resource);
      else db.run("INSERT OR REPLACE INTO lease (resource, record) VALUES (?, ?)", resource, encodeLease(lease));
    },
  };
}

function encodeLease({ id, durationSeconds, expiresAt, brokenAt }: LeaseRecord): string {
  return JSON.stringify({ id, durationSeconds, expiresAt: expiresAt?.toString(), brokenAt: brokenAt?.toString() });
}

function decodeLease(json: string): LeaseRecord {
  const { id, durationSeconds, expiresAt, brokenAt } = JSON.parse(json) as Record<keyof LeaseRecord, unknown>;
  const ticks = (value: unknown): bigint | undefined => (typeof value === "string" ? BigInt(value) : undefined);
  return {
    id: String(id),
    durationSeconds: typeof durationSeconds === "number" ? durationSeconds : undefined,
    expiresAt: ticks(expiresAt),
    brokenAt: ticks(brokenAt),
  };
}
