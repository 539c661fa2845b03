import type { Clock } from "./clock.ts";
import { AppError, isAppError } from "./errors.ts";
import type { Random } from "./random.ts";

/** How long whoever asks a service waits for it, beside what the asker itself bounds. */
export interface PatienceBounds {
  /** Pause before the second attempt; doubles each time. */
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
  /** Longest pause a server may ask for. */
  readonly retryAfterMsMax: number;
  /** Time after its first failure in which a call is repeated while nothing was ever answered, for whoever comes first. */
  readonly unansweredMsMax: number;
  /** Time between two remarks about waiting. */
  readonly remarkMsMin: number;
}

export const DEFAULT_PATIENCE: PatienceBounds = {
  delayMsFirst: 250,
  delayMsMax: 30_000,
  retryAfterMsMax: 120_000,
  unansweredMsMax: 10_000,
  remarkMsMin: 15_000,
};

export interface PatienceDeps {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * True for whoever comes first: nothing has proved yet that there is such a place. As long as nothing was ever answered, failures
   * without an answer are waited for only `unansweredMsMax`: a slip of the pen is far more likely than an outage.
   */
  readonly isFirst?: boolean;
  /** Told at once, and then now and then, while calls wait. */
  readonly onWait?: (remark: string) => void;
}

/** What repeated calls of one service have in common: when to try again, whether anybody is there at all, and what people are told. */
export class Patience {
  readonly #deps: PatienceDeps;
  readonly #bounds: PatienceBounds;
  #answered: boolean;
  #lastRemarkMs: number | undefined;

  constructor(deps: PatienceDeps, bounds: PatienceBounds) {
    this.#deps = deps;
    this.#bounds = bounds;
    this.#answered = deps.isFirst !== true;
  }

  /** A call went well. */
  answered(): void {
    this.#answered = true;
  }

  /** A call failed. A status is an answer, too. */
  failed(error: unknown): void {
    if (isAppError(error) && "status" in error.data) this.#answered = true;
  }

  /** Time in which a failing call is repeated: `msMax`, or less when nobody ever answered. */
  msMax(msMax: number): number {
    return this.#answered ? msMax : this.#bounds.unansweredMsMax;
  }

  /** Pause after so many failures of a call, the last of which this is. */
  delayMs(failures: number, error: AppError): number {
    const { delayMsFirst, delayMsMax, retryAfterMsMax } = this.#bounds;
    const full = Math.min(delayMsMax, delayMsFirst * 2 ** (failures - 1));
    // Half fixed, half random: many calls that failed together come back apart, and none comes back at once.
    const ownMs = full * (0.5 + this.#deps.random.fraction() / 2);
    const askedMs = error.data["retryAfterMs"];
    return typeof askedMs === "number" ? Math.max(ownMs, Math.min(askedMs, retryAfterMsMax)) : ownMs;
  }

  /** Tells people why calls wait, unless they were told a moment ago. */
  remark(text: string): void {
    const { clock, onWait } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (onWait === undefined || (this.#lastRemarkMs !== undefined && nowMs - this.#lastRemarkMs < this.#bounds.remarkMsMin)) return;
    this.#lastRemarkMs = nowMs;
    onWait(text);
  }
}

/** The remark on a failure that may pass. */
export function waitingFor({ what, why }: AppError): string {
  return `${what}: ${why}; trying again`;
}

/** The last error, with the number of attempts. No longer retryable: whoever sees it need not try again at once. */
export function givenUp(error: AppError, attempts: number): AppError {
  const { code, what, why, hint, data } = error;
  const tried = `tried ${attempts} times`;
  return new AppError({ code, what, why: why === "" ? tried : `${why}; ${tried}`, hint, cause: error, data: { ...data, attempts } });
}
