import type { RestoreRequest, RestoreSummary } from "../../src/restorer/face.ts";
import { runRestore } from "../../src/restorer/restore.ts";
import type { ByteString } from "../../src/shared/bytes.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { systemRandom } from "../../src/shared/random.ts";
import { silentReporter } from "../../src/telemetry/events.ts";
import type { BackupFixture } from "./backup-fixture.ts";

/** What a restore did and said. */
export interface RestoredTo {
  readonly summary: RestoreSummary;
  /** `path: what: why` of each problem. */
  readonly issues: readonly string[];
  readonly notes: readonly string[];
}

/** Restores the newest snapshot of a fixture into a folder or a share. */
export async function restoreTo(fixture: BackupFixture, to: RestoreRequest["to"], more: Partial<RestoreRequest> = {}): Promise<RestoredTo> {
  const repository = await fixture.open();
  const notes: string[] = [];
  const silent = silentReporter();
  const usual: RestoreRequest = {
    snapshot: "latest",
    path: "" as ByteString,
    to,
    includes: [],
    excludes: [],
    overwrite: "if-changed",
    deleteExtra: false,
    fullPaths: false,
    verify: false,
    dryRun: false,
    owner: "none",
    threads: 0,
  };
  try {
    const summary = await runRestore({
      repository,
      request: { ...usual, ...more },
      reporter: { ...silent, note: (text) => notes.push(text) },
      clock: systemClock,
      random: systemRandom,
      signal: new AbortController().signal,
    });
    return { summary, issues: silent.issues.map(({ path, message, why }) => `${path}: ${message}: ${why}`), notes };
  } finally {
    await repository.close();
  }
}
