import type { BackupRequest, BackupSummary } from "../archiver/face.ts";
import type { Entry } from "../format/entry.ts";
import type { ScanResult } from "../format/scan-result.ts";
import type {
  GuidFinding,
  GuidIndexRequest,
  GuidIndexSummary,
  GuidRestoreRequest,
  GuidRestoreSummary,
  GuidRestoredItem,
  GuidSaveRequest,
  GuidSaveSummary,
  GuidVerifyRequest,
  GuidVerifySummary,
} from "../guid/face.ts";
import type { CheckRequest, CheckSummary } from "../maintenance/face.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import type { RestoreRequest, RestoreSummary } from "../restorer/face.ts";
import type { ScanRequest } from "../scanner/scan-source.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import type { Reporter } from "../telemetry/events.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";

/** A repository as the user names it, with the environment its credentials come from. */
export interface RepositoryPlace {
  readonly location: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What every operation gets beside its request. */
export interface OperationWorld {
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A place inside a snapshot; the empty path is all of it. */
export interface TreePlace {
  readonly snapshot: Snapshot;
  readonly path: ByteString;
}

/** One difference between two trees: added, removed, content, metadata only, type. */
export interface TreeDifference {
  readonly change: "+" | "-" | "M" | "U" | "T";
  readonly path: string;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
}

export interface ListedEntry {
  readonly path: ByteString;
  readonly entry: Entry;
}

/** Which snapshots a command looks at. */
export interface SnapshotFilter {
  readonly host?: string;
  readonly tag?: string;
  readonly path?: string;
}

export interface FindRequest {
  readonly patterns: readonly string[];
  readonly snapshots: SnapshotFilter;
  readonly ignoreCase: boolean;
}

export interface OpenRequest {
  readonly place: RepositoryPlace;
  readonly secret: { readonly password?: string; readonly recoveryKey?: string };
  readonly cacheDirectory: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the store's requests are counted. */
  readonly gauge?: RequestGauge | undefined;
  /** Told now and then while the store does not answer. */
  readonly onWait?: (remark: string) => void;
}

export interface InitRequest {
  readonly place: RepositoryPlace;
  readonly password: string | undefined;
  readonly label: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Making and opening repositories. */
export interface RepositoryServices {
  /** The place in words, never with a secret. */
  describe(place: RepositoryPlace): Promise<string>;
  init(request: InitRequest): Promise<{ readonly repositoryId: string; readonly recoveryKey: string | undefined }>;
  open(request: OpenRequest): Promise<OpenRepository>;
}

/** The long-running operations. */
export interface OperationServices {
  /**
   * Begins to load the program of an operation and returns at once. Called before the repository is opened: while its key is derived
   * from the password, this thread has nothing else to do.
   */
  load(operation: "backup" | "restore" | "check"): void;
  backup(
    repository: OpenRepository,
    request: BackupRequest,
    world: OperationWorld & { readonly catalogPath: string | undefined },
  ): Promise<BackupSummary>;
  restore(repository: OpenRepository, request: RestoreRequest, world: OperationWorld): Promise<RestoreSummary>;
  check(repository: OpenRepository, request: CheckRequest, world: OperationWorld): Promise<CheckSummary>;
  scan(request: ScanRequest, world: OperationWorld & { readonly catalogPath: string | undefined }): Promise<ScanResult>;
  rebuildCatalog(repository: OpenRepository, catalogPath: string, world: OperationWorld): Promise<CatalogSummary>;
}

export interface CatalogSummary {
  readonly sources: number;
  readonly rows: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Looking into snapshots. */
export interface TreeServices {
  list(repository: OpenRepository, place: TreePlace & { readonly recursive: boolean }): AsyncIterable<ListedEntry>;
  find(repository: OpenRepository, request: FindRequest): AsyncIterable<ListedEntry & { readonly snapshot: Snapshot }>;
  diff(repository: OpenRepository, sides: { readonly from: TreePlace; readonly to: TreePlace }): AsyncIterable<TreeDifference>;
  dumpFile(repository: OpenRepository, place: TreePlace): AsyncIterable<Uint8Array>;
  dumpTar(repository: OpenRepository, place: TreePlace): AsyncIterable<Uint8Array>;
}

/** What a guid operation gets beside its request. */
export interface GuidOperationWorld extends OperationWorld {
  readonly workFolder: string;
  readonly gauge?: RequestGauge;
}

/** Files as GUID-named blobs. */
export interface GuidServices {
  index(
    request: GuidIndexRequest,
    world: GuidOperationWorld,
    listener: (guid: string, path: string) => Promise<void>,
  ): Promise<GuidIndexSummary>;
  save(request: GuidSaveRequest, world: GuidOperationWorld): Promise<GuidSaveSummary>;
  restore(
    request: GuidRestoreRequest,
    world: GuidOperationWorld,
    listener: (item: GuidRestoredItem) => Promise<void>,
  ): Promise<GuidRestoreSummary>;
  verify(
    request: GuidVerifyRequest,
    world: GuidOperationWorld,
    listener: (finding: GuidFinding) => Promise<void>,
  ): Promise<GuidVerifySummary>;
}

/** Everything below the command line, as the commands see it. Tests put fakes here. */
export interface Services {
  readonly repositories: RepositoryServices;
  readonly operations: OperationServices;
  readonly trees: TreeServices;
  readonly guid: GuidServices;
}
