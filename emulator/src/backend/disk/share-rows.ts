import { etagOf } from "../../protocol/ticks.ts";
import type { ShareProperties, ShareProtocol, ShareRecord, SnapshotRecord } from "../share-record.ts";
import { big, int, text, type Row } from "./database.ts";

/** A share as the tables hold it. */
export interface ShareRow {
  readonly id: number;
  /** The epoch that the live tree is in. */
  readonly epoch: number;
  /** The epoch of the youngest snapshot, 0 without any: rows born later are seen by the live tree alone. */
  readonly frozen: number;
  /** The number of the root directory. */
  readonly root: number;
  readonly name: string;
  readonly protocol: ShareProtocol;
  readonly record: ShareRecord;
}

/** What `toShareRow` reads. */
export const SHARE_COLUMNS = "*, (SELECT coalesce(max(epoch), 0) FROM snapshot WHERE snapshot.share = share.id) AS frozen";

/** Reads `SHARE_COLUMNS` of the table `share`. */
export function toShareRow(row: Row): ShareRow {
  const protocol = text(row, "protocol") === "NFS" ? "NFS" : "SMB";
  const name = text(row, "name");
  return {
    id: int(row, "id"),
    epoch: int(row, "epoch"),
    frozen: int(row, "frozen"),
    root: int(row, "root"),
    name,
    protocol,
    record: toRecord(row, { name, protocol }),
  };
}

/** Reads a row of the table `snapshot`. */
export function toSnapshot(row: Row, share: ShareRow): SnapshotRecord {
  return { ...toRecord(row, share), snapshot: text(row, "stamp") };
}

function toRecord(row: Row, { name, protocol }: Pick<ShareRow, "name" | "protocol">): ShareRecord {
  const modified = big(row, "modified");
  const properties = JSON.parse(text(row, "record")) as ShareProperties;
  return { name, protocol, ...properties, modified, etag: etagOf(modified), tierChangedAt: big(row, "tier_changed") };
}

/** The column of everything that can be set on a share. */
export function recordColumn({ quotaGib, accessTier, rootSquash, metadata, policies }: ShareProperties): string {
  const properties: ShareProperties = { quotaGib, accessTier, rootSquash, metadata, policies };
  return JSON.stringify(properties);
}
