import type { Clock } from "./clock.ts";

/** What a guarded call gets. */
export interface StallWatch {
  /** Aborted when the caller's signal is, or when nothing moved for too long. */
  readonly signal: AbortSignal;
  /** Bytes moved: the call is alive. */
  readonly moved: () => void;
  readonly stalled: boolean;
}

/** Made once: the reason that a signal makes for itself costs more than a request (measured). */
const FINISHED = new Error("the call has ended");

/** Ends a call whose connection is dead but not closed. Slow is fine, silent is not. */
export async function guardStall<T>(
  clock: Clock,
  bounds: { readonly silentMsMax: number; readonly signal?: AbortSignal | undefined },
  call: (watch: StallWatch) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const finished = new AbortController();
  let lastMs = clock.monotonicMs();
  let stalled = false;
  const watch: StallWatch = {
    signal: bounds.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, bounds.signal]),
    moved: () => {
      lastMs = clock.monotonicMs();
    },
    get stalled() {
      return stalled;
    },
  };
  const watching = async (): Promise<void> => {
    for (let leftMs = bounds.silentMsMax; leftMs > 0; leftMs = lastMs + bounds.silentMsMax - clock.monotonicMs()) {
      await clock.sleep(leftMs, finished.signal);
    }
    stalled = true;
    stop.abort();
  };
  watching().catch(() => undefined);
  try {
    return await call(watch);
  } finally {
    finished.abort(FINISHED);
  }
}
