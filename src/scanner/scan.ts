import type { NodeStore } from "../catalog/node-store.ts";
import { MANIFEST_ISSUES_MAX, type ManifestIssue } from "../format/entry.ts";
import type { ScanResult } from "../format/scan-result.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { AppError } from "../shared/errors.ts";
import type { Source } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import { KnownRows } from "./known-rows.ts";
import { ScanRows } from "./scan-rows.ts";
import { ScanRun } from "./scan-run.ts";

export interface ScanOptions {
  readonly source: Source;
  /** Identity of the source: the same in each of its scans. */
  readonly key: string;
  /** Catalog of scans; undefined to remember nothing. */
  readonly nodes: NodeStore | undefined;
  /** Starts over: everything is new. */
  readonly full: boolean;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks through a source and counts what is there and what is different since its last scan; brings the catalog in line with it. A
 * directory that cannot be listed is an error of the result, and stays in the catalog as it was.
 */
export async function runScan(options: ScanOptions): Promise<ScanResult> {
  const { source, key, nodes, full, reporter, clock, signal } = options;
  const startedNs = clock.nowNs();
  reporter.counters.phase = "scanning";
  const record = await nodes?.source(key);
  const known =
    nodes !== undefined && record !== undefined && !full && record.snapshot !== "" ? new KnownRows(nodes, record.sourceId) : undefined;
  const stage = record && (await nodes?.stage(record.sourceId, { clear: known === undefined }));
  const errors: ManifestIssue[] = [];
  let errorCount = 0;
  const onError = (path: ByteString, error: AppError): void => {
    const shown = displayBytes(joinPath(source.description.path, path));
    errorCount += 1;
    if (errors.length < MANIFEST_ISSUES_MAX) errors.push({ path: shown, code: error.code, message: error.what });
    reporter.counters.issues = errorCount;
    reporter.issue({ path: shown, code: error.code, message: error.what, why: error.why, hint: error.hint });
  };
  try {
    const run = new ScanRun({ source, known, rows: stage && new ScanRows(stage), reporter, signal, onError });
    const counts = await run.run();
    reporter.counters.totalsKnown = true;
    const finishedNs = clock.nowNs();
    const { nodeId } = await source.root();
    await stage?.commit({ snapshot: startedNs.toString(16).padStart(64, "0"), rootId: nodeId });
    return { sourcePath: source.description.path, sourceKey: key, startedNs, finishedNs, ...counts, errors, errorCount };
  } catch (error) {
    await stage?.discard();
    throw error;
  }
}
