import { loadIndexOfPresent } from "../repository/loaded-index.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { type SelectedTree, selectTrees } from "../repository/tree-select.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import { openTarget } from "../source/open.ts";
import type { TargetSpec } from "../source/target.ts";
import type { Reporter } from "../telemetry/events.ts";
import { DryTarget } from "./dry-target.ts";
import type { RestoreRequest, RestoreSummary } from "./face.ts";
import { CountedFiles, WindowedFiles } from "./file-sink.ts";
import { openRestorePool } from "./restore-pool.ts";
import { RestoreRun } from "./restore-run.ts";
import { WINDOW_FILES_MAX } from "./restore-window.ts";

/** What a restore works with. */
export interface RestoreOptions {
  readonly repository: OpenRepository;
  readonly request: RestoreRequest;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Brings a snapshot, or a part of one, back into a directory. What cannot be restored exactly is reported and counted; everything
 * else is restored. An interrupted restore is continued by running it again.
 */
export async function runRestore(options: RestoreOptions): Promise<RestoreSummary> {
  const { repository, request, reporter, clock } = options;
  const startedMs = clock.monotonicMs();
  reporter.counters.phase = "planning";
  const snapshot = await repository.findSnapshot(request.snapshot);
  // Of a chunk that is stored twice the place that is still there counts.
  repository.useIndex(await loadIndexOfPresent(repository.context));
  const trees = await selectTrees(repository, snapshot, request);
  estimate(trees, reporter);
  const { run, close } = request.dryRun ? await openDryRun(options) : await openRun(options);
  try {
    for (const tree of trees) await run.tree(tree);
    await run.finish(trees);
  } finally {
    await close();
  }
  return { snapshot: snapshot.id, ...run.summary(), durationMs: clock.monotonicMs() - startedMs };
}

function estimate(trees: readonly SelectedTree[], { counters }: Reporter): void {
  for (const { entry } of trees) {
    counters.files += entry.directory?.totalFiles ?? 1;
    counters.bytes += entry.directory?.totalBytes ?? entry.size;
  }
  counters.totalsKnown = true;
}

interface OpenRun {
  readonly run: RestoreRun;
  readonly close: () => Promise<void>;
}

async function openRun(options: RestoreOptions): Promise<OpenRun> {
  const { repository, request, random, reporter } = options;
  const spec = targetSpec(request);
  const target = await openTarget(spec, { random, isFirst: true, onWait: (text) => reporter.note(text) });
  const buffer = new SharedArrayBuffer(4 * WINDOW_FILES_MAX);
  const { keys, repositoryId } = repository.context;
  const pool = await openRestorePool(
    { store: repository.spec, keys, repositoryId, target: spec, counters: buffer },
    { threads: request.threads, repository, target, signal: options.signal },
  );
  const files = { ...options, target, pool, counters: new Int32Array(buffer), verify: request.verify };
  const run = new RestoreRun({ ...options, target, files: (events) => new WindowedFiles({ ...files, ...events }) });
  const close = async (): Promise<void> => {
    await pool.close();
    await run.settle();
    await target.close();
  };
  return { run, close };
}

function targetSpec({ to, owner }: RestoreRequest): TargetSpec {
  if (typeof to !== "string") return { kind: "share", share: to };
  return { kind: "local", path: to, owner, privileged: process.geteuid?.() === 0 };
}

async function openDryRun(options: RestoreOptions): Promise<OpenRun> {
  const target = await DryTarget.open(options.request.to, options);
  return { run: new RestoreRun({ ...options, target, files: (events) => new CountedFiles(events) }), close: () => target.close() };
}
