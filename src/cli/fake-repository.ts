import type { BackupSummary } from "../archiver/face.ts";
import type { Entry, Manifest } from "../format/entry.ts";
import { ENTRY_KIND, NO_CHUNKS } from "../format/entry.ts";
import type { CheckSummary } from "../maintenance/face.ts";
import type { KeySlotInfo, Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import type { RestoreSummary } from "../restorer/face.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";

/** An entry for tests. */
export function fakeEntry(name: string, changes: Partial<Entry> = {}): Entry {
  return {
    name: byteStringOf(name),
    kind: ENTRY_KIND.file,
    nodeId: 18_446_744_073_709_551_615n,
    mode: 0o644,
    uid: 1000,
    gid: 1000,
    user: "ann",
    group: "staff",
    size: 1234,
    modifiedNs: 1_700_000_000_123_456_789n,
    changedNs: 0n,
    accessedNs: 0n,
    bornNs: 0n,
    links: 1,
    device: 0n,
    attributes: [],
    linkTarget: byteStringOf(""),
    content: NO_CHUNKS,
    extents: undefined,
    xorHash: 0n,
    directory: undefined,
    ...changes,
  };
}

/** A snapshot for tests; its id repeats `letter`. */
export function fakeSnapshot(letter: string, changes: Partial<Manifest> & { readonly paths?: readonly string[] } = {}): Snapshot {
  const { paths = ["/home/ann"], ...manifest } = changes;
  return {
    id: letter.repeat(64),
    session: letter.repeat(32),
    manifest: {
      startedNs: 1_700_000_000_000_000_001n,
      finishedNs: 1_700_000_060_000_000_000n,
      host: "testhost",
      user: "ann",
      tags: [],
      parent: "",
      program: "varve 1.2.3",
      sources: paths.map((path) => ({ path: byteStringOf(path), key: path, root: fakeEntry("", { kind: ENTRY_KIND.directory }) })),
      files: 12_345,
      directories: 10,
      bytes: 5_000_000_000,
      addedBytes: 1000,
      storedBytes: 500,
      filesNew: 1,
      filesChanged: 2,
      filesUnmodified: 3,
      issues: [],
      issueCount: 0,
      ...manifest,
    },
  };
}

export const FAKE_REPOSITORY_ID = "0123456789abcdef0123456789abcdef";

export interface FakeRepository {
  readonly repository: OpenRepository;
  /** Calls that changed something, and `close`, in order. */
  readonly calls: string[];
}

/** A repository that answers from memory and keeps count of what was asked. */
export function fakeRepository(
  options: { readonly snapshots?: readonly Snapshot[]; readonly slots?: readonly KeySlotInfo[] } = {},
): FakeRepository {
  const calls: string[] = [];
  const snapshots = options.snapshots ?? [fakeSnapshot("a")];
  const keys = {
    list: async () => options.slots ?? [],
    add: async (password: string, label: string) => `slot${calls.push(`add ${password} ${label}`)}`,
    remove: async (slot: string) => void calls.push(`remove ${slot}`),
    changePassword: async (password: string, label: string) => `slot${calls.push(`passwd ${password} ${label}`)}`,
  };
  const repository = {
    id: FAKE_REPOSITORY_ID,
    formatVersion: 1,
    encrypted: true,
    damage: new Map(),
    store: { capabilities: { description: "folder /srv/repo" } },
    keys,
    snapshots: async () => snapshots,
    findSnapshot: async (text: string) => {
      const found = text === "latest" ? snapshots.at(-1) : snapshots.find(({ id }) => id.startsWith(text));
      if (found === undefined) throw new AppError({ code: "E_NOT_FOUND", what: `there is no snapshot '${text}'` });
      return found;
    },
    stats: async () => ({ snapshots: 2, packs: 3, packBytes: 1000, indexBytes: 100, chunks: 4, plainBytes: 3000 }),
    close: async () => void calls.push("close"),
  };
  return { repository: repository as unknown as OpenRepository, calls };
}

export const BACKUP_SUMMARY: BackupSummary = {
  snapshot: "b".repeat(64),
  parent: "a".repeat(64),
  filesNew: 1,
  filesChanged: 2,
  filesUnmodified: 3,
  filesMoved: 4,
  filesRemoved: 5,
  directories: 6,
  totalBytes: 7000,
  readBytes: 800,
  addedBytes: 90,
  storedBytes: 10,
  issues: 0,
  durationMs: 61_000.4,
};

export const RESTORE_SUMMARY: RestoreSummary = {
  snapshot: "a".repeat(64),
  filesRestored: 1,
  filesUnchanged: 2,
  filesSkipped: 3,
  directories: 4,
  others: 5,
  deleted: 0,
  bytesWritten: 6000,
  bytesFetched: 700,
  filesVerified: 0,
  issues: 0,
  durationMs: 2000,
};

export const CHECK_SUMMARY: CheckSummary = {
  snapshots: 1,
  trees: 2,
  files: 3,
  packs: 4,
  packsRead: 0,
  bytesRead: 0,
  chunksVerified: 0,
  findings: [],
  unreferencedPacks: 0,
  durationMs: 100,
};
