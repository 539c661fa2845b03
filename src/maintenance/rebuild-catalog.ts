import { fillSource } from "../catalog/fill-source.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import type { OpenRepository } from "../repository/repository.ts";
import type { Clock } from "../shared/clock.ts";
import type { Reporter } from "../telemetry/events.ts";

export interface RebuildCatalogOptions {
  readonly repository: OpenRepository;
  readonly catalogPath: string;
  readonly reporter: Reporter;
  readonly clock: Clock;
}

export interface RebuildCatalogSummary {
  readonly sources: number;
  readonly rows: number;
  /** Size of the catalog afterwards. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** Makes the catalog's rows again from the newest snapshot of every source. */
export async function rebuildCatalog({ repository, catalogPath, reporter, clock }: RebuildCatalogOptions): Promise<RebuildCatalogSummary> {
  const startedMs = clock.monotonicMs();
  reporter.counters.phase = "reading trees";
  const { nodes, note } = await openCatalog({ path: catalogPath, clock });
  if (note !== undefined) reporter.note(note);
  try {
    const newest = new Map(
      (await repository.snapshots()).flatMap((snapshot) =>
        snapshot.manifest.sources.map((source) => [source.key, { snapshot, source }] as const),
      ),
    );
    for (const [key, { snapshot, source }] of newest) {
      reporter.counters.current = key;
      const { rows, directories } = await fillSource({
        nodes,
        pages: repository,
        record: await nodes.source(key),
        snapshot: snapshot.id,
        startedNs: snapshot.manifest.startedNs,
        root: source.root,
      });
      reporter.counters.files += rows;
      reporter.counters.filesDone += rows;
      reporter.counters.directories += directories;
    }
    const { rows, bytes } = await nodes.size();
    return { sources: newest.size, rows, bytes, durationMs: clock.monotonicMs() - startedMs };
  } finally {
    await nodes.close();
  }
}
