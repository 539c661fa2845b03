import type { Ticks } from "../protocol/ticks.ts";

/** A lease as it was taken; what state it is in now follows from the time. */
export interface LeaseRecord {
  readonly id: string;
  /** Undefined for a lease without end. */
  readonly durationSeconds: number | undefined;
  /** When an acquired lease runs out. */
  readonly expiresAt: Ticks | undefined;
  /** When a broken lease is or was broken. */
  readonly brokenAt: Ticks | undefined;
}
