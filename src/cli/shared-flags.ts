import type { CliContext } from "./context.ts";
import type { Flag } from "./flags.ts";
import { numberFlag, textFlag } from "./flags.ts";
import type { SnapshotFilter } from "./services.ts";

const THREADS_MAX = 256;
/** More threads than this help only some machines, and each takes memory: ask for them by name. */
const THREADS_DEFAULT_MAX = 16;

/** Worker threads of an operation. */
export const threadsFlag: Flag<number | undefined> = numberFlag(
  "threads",
  { min: 0, max: THREADS_MAX },
  { help: "worker threads; 0 works in the main thread", defaultText: "one a core" },
);

export function defaultThreads(context: CliContext): number {
  return Math.min(THREADS_DEFAULT_MAX, Math.max(1, context.machine.cores));
}

/** Flags that choose snapshots. */
export const filterFlags: {
  readonly host: Flag<string | undefined>;
  readonly tag: Flag<string | undefined>;
  readonly path: Flag<string | undefined>;
} = {
  host: textFlag("host NAME", "only snapshots of this host"),
  tag: textFlag("tag TAG", "only snapshots with this tag"),
  path: textFlag("path PATH", "only snapshots that save this path"),
};

/** The filter without what was not asked for. */
export function snapshotFilter(values: {
  readonly host: string | undefined;
  readonly tag: string | undefined;
  readonly path: string | undefined;
}): SnapshotFilter {
  const { host, tag, path } = values;
  return { ...(host === undefined ? {} : { host }), ...(tag === undefined ? {} : { tag }), ...(path === undefined ? {} : { path }) };
}
