import { msToTicks, type Ticks } from "./ticks.ts";

/** Gives the time; never the same twice, so that times can stand for versions. */
export type Clock = () => Ticks;

/** A clock over any source of milliseconds since 1970. */
export function steadyClock(nowMs: () => number): Clock {
  let last: Ticks = 0n;
  return () => {
    const now = msToTicks(nowMs());
    last = now > last ? now : last + 1n;
    return last;
  };
}
