/** How deep a check looks. */
export interface CheckRequest {
  /** `none`: structure only. `all`: every byte. A number in (0, 1]: that part of the packs, chosen at random. */
  readonly readData: "none" | "all" | number;
  readonly threads: number;
}

/** One damage, named by object, with what it costs. */
export interface CheckFinding {
  readonly object: string;
  readonly problem: "missing" | "truncated" | "damaged" | "unreadable" | "unindexed-chunk" | "wrong-content";
  readonly message: string;
  /** Paths (`SNAPSHOT:path`) that cannot be restored because of it; the first 100 of `affectedCount`. */
  readonly affected: readonly string[];
  readonly affectedCount: number;
}

/** What a check looked at and found. */
export interface CheckSummary {
  readonly snapshots: number;
  readonly trees: number;
  readonly files: number;
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly chunksVerified: number;
  readonly findings: readonly CheckFinding[];
  /** Objects no snapshot needs, such as packs of an interrupted backup: normal, never an error. */
  readonly unreferencedPacks: number;
  readonly durationMs: number;
}
