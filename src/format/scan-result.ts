import { Builder, ByteBuffer } from "flatbuffers";
import type { ByteString } from "../shared/bytes.ts";
import type { ManifestIssue } from "./entry.ts";
import { byteString, EntryDecoder } from "./entry-decoder.ts";
import { verifyFlatBuffer } from "./flatbuffer-verifier.ts";
import { ScanResult as ScanResultTable } from "./generated/scan-result.ts";
import { scanResultShape } from "./generated/shapes.ts";
import { readIssues, writeIssues } from "./issues.ts";
import { writeByteString, writeText } from "./write-parts.ts";

/** What one scan of a source found, compared with the catalog. */
export interface ScanResult {
  readonly sourcePath: ByteString;
  readonly sourceKey: string;
  readonly startedNs: bigint;
  readonly finishedNs: bigint;
  readonly files: number;
  readonly directories: number;
  /** Content of all files, bytes. */
  readonly bytes: number;
  readonly added: number;
  readonly modified: number;
  readonly moved: number;
  readonly deleted: number;
  /** The first `MANIFEST_ISSUES_MAX` problems; `errorCount` counts them all. */
  readonly errors: readonly ManifestIssue[];
  readonly errorCount: number;
}

const IDENTIFIER = "VSR1";
const WHAT = "scan result";
const BUILDER_BYTES_START = 1024;

/** The bytes of a scan result; equal results give equal bytes. */
export function encodeScanResult(result: ScanResult): Uint8Array {
  const builder = new Builder(BUILDER_BYTES_START);
  const errors = writeIssues(builder, result.errors);
  const sourcePath = writeByteString(builder, result.sourcePath);
  const sourceKey = writeText(builder, result.sourceKey);
  ScanResultTable.startScanResult(builder);
  ScanResultTable.addStartedNs(builder, result.startedNs);
  ScanResultTable.addFinishedNs(builder, result.finishedNs);
  ScanResultTable.addFiles(builder, BigInt(result.files));
  ScanResultTable.addDirectories(builder, BigInt(result.directories));
  ScanResultTable.addBytes(builder, BigInt(result.bytes));
  ScanResultTable.addAdded(builder, BigInt(result.added));
  ScanResultTable.addModified(builder, BigInt(result.modified));
  ScanResultTable.addMoved(builder, BigInt(result.moved));
  ScanResultTable.addDeleted(builder, BigInt(result.deleted));
  ScanResultTable.addErrorCount(builder, BigInt(result.errorCount));
  ScanResultTable.addSourcePath(builder, sourcePath);
  ScanResultTable.addSourceKey(builder, sourceKey);
  ScanResultTable.addErrors(builder, errors);
  builder.finish(ScanResultTable.endScanResult(builder), IDENTIFIER);
  return builder.asUint8Array().slice();
}

/** Reads a scan result. @throws AppError E_CORRUPT */
export function decodeScanResult(bytes: Uint8Array): ScanResult {
  verifyFlatBuffer(bytes, { root: scanResultShape, identifier: IDENTIFIER, what: WHAT });
  const stored = ScanResultTable.getRootAsScanResult(new ByteBuffer(bytes));
  const decoder = new EntryDecoder(WHAT);
  return {
    sourcePath: byteString(stored.sourcePathArray()),
    sourceKey: stored.sourceKey() ?? "",
    startedNs: stored.startedNs(),
    finishedNs: stored.finishedNs(),
    files: decoder.integer(stored.files()),
    directories: decoder.integer(stored.directories()),
    bytes: decoder.integer(stored.bytes()),
    added: decoder.integer(stored.added()),
    modified: decoder.integer(stored.modified()),
    moved: decoder.integer(stored.moved()),
    deleted: decoder.integer(stored.deleted()),
    errors: readIssues(stored.errorsLength(), (index) => stored.errors(index)),
    errorCount: decoder.integer(stored.errorCount()),
  };
}
