import type { ListingStamper } from "../catalog/listing-stamp.ts";
import type { DirectoryRow, NodeStage } from "../catalog/node-store.ts";
import type { ChunkRef, Entry } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { Source } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import type { ExcludeFilter } from "./excludes.ts";
import type { KnownSource } from "./known-tree.ts";
import type { RunTotals } from "./run-totals.ts";
import type { SourceWriter } from "./source-writer.ts";

/** What the backup of one source works with. */
export interface SourceRunOptions {
  readonly source: Source;
  /** Index of the source's reader in the lanes. */
  readonly sourceIndex: number;
  readonly filter: ExcludeFilter;
  /** Undefined: everything is new. */
  readonly known: KnownSource | undefined;
  readonly stamper: ListingStamper;
  /** Old pages by their reference. */
  readonly oldEntries: (page: ChunkRef, row: DirectoryRow) => AsyncIterable<readonly Entry[]>;
  /** True when a directory with this listing carries a valid cache tag. */
  readonly isCacheTag: (directory: ByteString) => MaybePromise<boolean>;
  /** Where content and pages go; opened when the first of either is to be stored. */
  readonly writer: () => Promise<SourceWriter>;
  /** Where rows go; undefined when the run keeps no catalog. */
  readonly stage: NodeStage | undefined;
  readonly totals: RunTotals;
  readonly reporter: Reporter;
  /** Threads that the run may use beside this one. */
  readonly threads: number;
  /** When the run began; what changes after that is not trusted to be what was read. */
  readonly startedNs: bigint;
  readonly signal: AbortSignal;
  /** A share whose root is empty, and was not at the last backup, is saved all the same. */
  readonly allowEmpty?: boolean;
}
