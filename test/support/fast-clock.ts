import { type Clock, systemClock } from "../../src/shared/clock.ts";

/** A clock that runs `factor` times as fast as the machine's: minutes of waiting take seconds, in the same order. */
export function fastClock(factor: number): Clock {
  return {
    nowNs: () => systemClock.nowNs(),
    monotonicMs: () => systemClock.monotonicMs() * factor,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / factor, signal),
  };
}
