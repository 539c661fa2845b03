import { Builder, ByteBuffer } from "flatbuffers";
import { must } from "../shared/assert.ts";
import { corrupt } from "./corrupt.ts";
import type { Manifest, ManifestIssue, ManifestSource } from "./entry.ts";
import { byteString, EntryDecoder } from "./entry-decoder.ts";
import { writeEntry } from "./entry-encoder.ts";
import { verifyFlatBuffer } from "./flatbuffer-verifier.ts";
import { BackupManifest } from "./generated/backup-manifest.ts";
import { ManifestSource as SourceTable } from "./generated/manifest-source.ts";
import { backupManifestShape } from "./generated/shapes.ts";
import { readIssues, writeIssues } from "./issues.ts";
import { writeByteString, writeOffsets, writeText } from "./write-parts.ts";

const IDENTIFIER = "VBM1";
const WHAT = "snapshot manifest";
const BUILDER_BYTES_START = 4096;

/** The bytes of a snapshot's manifest; equal manifests give equal bytes. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const builder = new Builder(BUILDER_BYTES_START);
  const sources = writeOffsets(
    builder,
    manifest.sources.map((source) => writeSource(builder, source)),
  );
  const issues = writeIssues(builder, manifest.issues);
  const tags = writeOffsets(
    builder,
    manifest.tags.map((tag) => builder.createString(tag)),
  );
  const host = writeText(builder, manifest.host);
  const user = writeText(builder, manifest.user);
  const parent = writeText(builder, manifest.parent);
  const program = writeText(builder, manifest.program);

  BackupManifest.startBackupManifest(builder);
  BackupManifest.addStartedNs(builder, manifest.startedNs);
  BackupManifest.addFinishedNs(builder, manifest.finishedNs);
  addCounts(builder, manifest);
  BackupManifest.addHost(builder, host);
  BackupManifest.addUser(builder, user);
  BackupManifest.addTags(builder, tags);
  BackupManifest.addParent(builder, parent);
  BackupManifest.addProgram(builder, program);
  BackupManifest.addSources(builder, sources);
  BackupManifest.addIssues(builder, issues);
  builder.finish(BackupManifest.endBackupManifest(builder), IDENTIFIER);
  return builder.asUint8Array().slice();
}

function writeSource(builder: Builder, source: ManifestSource): number {
  const root = writeEntry(builder, source.root);
  const path = writeByteString(builder, source.path);
  const key = writeText(builder, source.key);
  const shareSnapshot = writeText(builder, source.shareSnapshot ?? "");
  SourceTable.startManifestSource(builder);
  SourceTable.addPath(builder, path);
  SourceTable.addKey(builder, key);
  SourceTable.addRoot(builder, root);
  SourceTable.addShareSnapshot(builder, shareSnapshot);
  return SourceTable.endManifestSource(builder);
}

function addCounts(builder: Builder, manifest: Manifest): void {
  BackupManifest.addFiles(builder, BigInt(manifest.files));
  BackupManifest.addDirectories(builder, BigInt(manifest.directories));
  BackupManifest.addBytes(builder, BigInt(manifest.bytes));
  BackupManifest.addAddedBytes(builder, BigInt(manifest.addedBytes));
  BackupManifest.addStoredBytes(builder, BigInt(manifest.storedBytes));
  BackupManifest.addFilesNew(builder, BigInt(manifest.filesNew));
  BackupManifest.addFilesChanged(builder, BigInt(manifest.filesChanged));
  BackupManifest.addFilesUnmodified(builder, BigInt(manifest.filesUnmodified));
  BackupManifest.addIssueCount(builder, BigInt(manifest.issueCount));
}

/**
 * Reads a manifest. Ids of the roots are views of `bytes`.
 *
 * @throws AppError E_CORRUPT
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  verifyFlatBuffer(bytes, { root: backupManifestShape, identifier: IDENTIFIER, what: WHAT });
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const stored = BackupManifest.getRootAsBackupManifest(new ByteBuffer(aligned));
  const decoder = new EntryDecoder(WHAT);
  const issues: readonly ManifestIssue[] = readIssues(stored.issuesLength(), (index) => stored.issues(index));
  return {
    startedNs: stored.startedNs(),
    finishedNs: stored.finishedNs(),
    host: stored.host() ?? "",
    user: stored.user() ?? "",
    tags: Array.from({ length: stored.tagsLength() }, (_, index) => stored.tags(index)),
    parent: stored.parent() ?? "",
    program: stored.program() ?? "",
    sources: Array.from({ length: stored.sourcesLength() }, (_, index) => readSource(stored, index, decoder)),
    files: decoder.integer(stored.files()),
    directories: decoder.integer(stored.directories()),
    bytes: decoder.integer(stored.bytes()),
    addedBytes: decoder.integer(stored.addedBytes()),
    storedBytes: decoder.integer(stored.storedBytes()),
    filesNew: decoder.integer(stored.filesNew()),
    filesChanged: decoder.integer(stored.filesChanged()),
    filesUnmodified: decoder.integer(stored.filesUnmodified()),
    issues,
    issueCount: decoder.integer(stored.issueCount()),
  };
}

function readSource(stored: BackupManifest, index: number, decoder: EntryDecoder): ManifestSource {
  const source = must(stored.sources(index), "a verified manifest has its sources");
  const root = source.root();
  if (root === null) throw corrupt(WHAT, "a source has no root");
  const shareSnapshot = source.shareSnapshot() ?? "";
  return {
    path: byteString(source.pathArray()),
    key: source.key() ?? "",
    root: decoder.read(root, true),
    ...(shareSnapshot !== "" && { shareSnapshot }),
  };
}
