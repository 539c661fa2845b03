import { StorageError } from "../protocol/errors.ts";
import type { OperationName } from "../protocol/operation.ts";
import { fraction } from "../random/hash.ts";
import { NO_FAULTS, type CutKind, type FaultScope, type FaultSettings, type ThrottleSettings } from "./fault-settings.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A body that ends early, and after how much of it. */
export interface Cut {
  readonly kind: CutKind;
  /** Of its length, from 0 to just below 1. */
  readonly at: number;
}

/** What is to happen to one request. */
export interface Verdict {
  readonly delayMs: number;
  /** Answered with instead of doing anything. */
  readonly refusal: StorageError | undefined;
  readonly cut: Cut | undefined;
}

/** Words for the log: what was done to a request; empty for nothing. */
export function describeVerdict({ delayMs, refusal, cut }: Verdict): string {
  const words = [delayMs > 0 ? "latency" : "", refusal === undefined ? "" : refusal.code, cut?.kind ?? ""];
  return words.filter((word) => word !== "").join(" ");
}

/** Counts of one rule. */
interface RuleState {
  /** Requests in its scope so far: with the seed, what decides about the next. */
  seen: number;
  touched: number;
}

/** Salt of each kind of rule, so that one seed does not make them all strike together. */
const SALT = { latency: 1, error: 1000, cut: 2000 } as const;

/**
 * Decides what goes wrong. The n-th request in a rule's scope meets the same fate in every run with the same seed; only throttling
 * depends on the time.
 */
export class Faults {
  readonly #monotonicMs: () => number;
  #settings: FaultSettings = NO_FAULTS;
  #requests: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #rules = new Map<number, RuleState>();

  constructor(monotonicMs: () => number, settings: FaultSettings = NO_FAULTS) {
    this.#monotonicMs = monotonicMs;
    this.set(settings);
  }

  get settings(): FaultSettings {
    return this.#settings;
  }

  /** Replaces all rules; buckets are full and counts start anew. */
  set(settings: FaultSettings): void {
    this.#settings = settings;
    this.#requests = this.#bucket(settings.throttle?.requestsPerSecond, settings.throttle);
    this.#bytes = this.#bucket(settings.throttle?.bytesPerSecond, settings.throttle);
    this.#rules = new Map();
  }

  /** The fate of the next request. Each call counts. */
  judge(operation: OperationName): Verdict {
    const { latency } = this.#settings;
    const late = latency !== undefined && this.#strikes(SALT.latency, latency, operation);
    const delayMs = late ? latency.msMin + (latency.msMax - latency.msMin) * this.#roll(SALT.latency, 1) : 0;
    const refusal = this.#throttled() ?? this.#error(operation);
    return { delayMs, refusal, cut: refusal === undefined ? this.#cut(operation) : undefined };
  }

  /** Counts the bytes of a request's body or of its answer's against the limit. */
  spend(bytes: number): void {
    this.#bytes?.take(bytes, this.#monotonicMs());
  }

  #bucket(perSecond: number | undefined, throttle: ThrottleSettings | undefined): TokenBucket | undefined {
    if (perSecond === undefined || throttle === undefined) return undefined;
    return new TokenBucket(perSecond, throttle.burstSeconds, this.#monotonicMs());
  }

  #throttled(): StorageError | undefined {
    const nowMs = this.#monotonicMs();
    const waitMs = Math.max(this.#requests?.waitMs(1, nowMs) ?? 0, this.#bytes?.waitMs(1, nowMs) ?? 0);
    if (waitMs > 0) {
      const headers = { "Retry-After": String(Math.ceil(waitMs / 1000)) };
      return new StorageError(this.#settings.throttle?.status === 429 ? "TooManyRequests" : "ServerBusy", { headers });
    }
    this.#requests?.take(1, nowMs);
    return undefined;
  }

  #error(operation: OperationName): StorageError | undefined {
    const index = this.#settings.errors.findIndex((rule, index) => this.#strikes(SALT.error + index, rule, operation));
    const rule = this.#settings.errors[index];
    if (rule === undefined) return undefined;
    return new StorageError(rule.code, rule.code === "ServerBusy" ? { headers: { "Retry-After": "1" } } : {});
  }

  #cut(operation: OperationName): Cut | undefined {
    const index = this.#settings.cuts.findIndex((rule, index) => this.#strikes(SALT.cut + index, rule, operation));
    const rule = this.#settings.cuts[index];
    return rule === undefined ? undefined : { kind: rule.kind, at: this.#roll(SALT.cut + index, 1) };
  }

  #strikes(salt: number, scope: FaultScope, operation: OperationName): boolean {
    if (scope.operations !== undefined && !scope.operations.includes(operation)) return false;
    const state = this.#rules.get(salt) ?? { seen: 0, touched: 0 };
    this.#rules.set(salt, state);
    state.seen += 1;
    if (state.touched >= (scope.timesMax ?? Number.POSITIVE_INFINITY)) return false;
    if (this.#roll(salt, 0) >= scope.rate) return false;
    state.touched += 1;
    return true;
  }

  /** A fraction for the rule's present request; `purpose` tells several apart. */
  #roll(salt: number, purpose: number): number {
    return fraction(this.#settings.seed, salt, this.#rules.get(salt)?.seen ?? 0, purpose);
  }
}
