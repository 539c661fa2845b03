import { openCatalog } from "../catalog/open-catalog.ts";
import type { ScanResult } from "../format/scan-result.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";
import { openShareSource, openSource } from "../source/open.ts";
import type { Source } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import { runScan } from "./scan.ts";

/** What is scanned, and how. */
export interface ScanRequest {
  readonly source: ByteString | ShareSpec;
  /** Starts over: compares with nothing. */
  readonly full: boolean;
  /** The machine: a path means something only together with it. */
  readonly host: string;
}

export interface ScanWorld {
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Catalog of scans; undefined to remember nothing. */
  readonly catalogPath: string | undefined;
}

/** Opens a source and the catalog of scans, scans, and closes both. */
export async function scanSource({ source: what, full, host }: ScanRequest, world: ScanWorld): Promise<ScanResult> {
  const { reporter, clock, signal, catalogPath } = world;
  const source = await open(what, world);
  try {
    const opened = catalogPath === undefined ? undefined : await openCatalog({ path: catalogPath, clock });
    if (opened?.note !== undefined) reporter.note(opened.note);
    try {
      return await runScan({ source, key: keyOf(source, host), nodes: opened?.nodes, full, reporter, clock, signal });
    } finally {
      await opened?.nodes.close();
    }
  } finally {
    await source.close();
  }
}

async function open(what: ByteString | ShareSpec, { clock, random, signal, reporter }: ScanWorld): Promise<Source> {
  if (typeof what === "string") return await openSource(what);
  return await openShareSource(what, { clock, random, signal, note: (text) => reporter.note(text), snapshotOwner: undefined });
}

function keyOf({ description }: Source, host: string): string {
  const path = displayBytes(description.path);
  return description.kind === "local" ? `local:${host}:${path}` : `${description.kind}:${path}`;
}
