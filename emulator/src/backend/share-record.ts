import type { Ticks } from "../protocol/ticks.ts";

/** How clients mount a share: it decides about name comparison and about which properties nodes have. */
export type ShareProtocol = "SMB" | "NFS";

/** What can be set on a share. */
export interface ShareProperties {
  readonly quotaGib: number;
  readonly accessTier: "TransactionOptimized" | "Hot" | "Cool" | "Premium";
  readonly rootSquash: "NoRootSquash" | "RootSquash" | "AllSquash";
  readonly metadata: Readonly<Record<string, string>>;
  /** Stored access policies, as the XML gave them. */
  readonly policies: readonly AccessPolicy[];
}

/** A stored access policy that service signatures can name. */
export interface AccessPolicy {
  readonly id: string;
  readonly start: string;
  readonly expiry: string;
  readonly permissions: string;
}

/** A share to make. */
export interface ShareDraft extends ShareProperties {
  readonly protocol: ShareProtocol;
}

/** A live share. */
export interface ShareRecord extends ShareDraft {
  readonly name: string;
  readonly etag: string;
  readonly modified: Ticks;
  readonly tierChangedAt: Ticks;
}

/** Properties to change; those that are left out stay. */
export type SharePatch = Partial<ShareProperties>;

/** A snapshot of a share, with the properties the share had then. */
export interface SnapshotRecord extends ShareRecord {
  /** Its name: the time it was taken, with seven decimals. */
  readonly snapshot: string;
}
