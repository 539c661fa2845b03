import type { ErrorCode } from "../../shared/error-codes.ts";
import type { Random } from "../../shared/random.ts";
import type { StoreOperation } from "../meter/meter-store.ts";

/** What goes wrong with one call. */
export type Fault =
  /** The call fails and has done nothing. */
  | { readonly kind: "fail-before"; readonly code?: ErrorCode; readonly retryable?: boolean; readonly retryAfterMs?: number }
  /** The call takes effect and its answer is lost. */
  | { readonly kind: "fail-after"; readonly code?: ErrorCode; readonly retryable?: boolean }
  /** A read returns only its first bytes, as from a damaged store. */
  | { readonly kind: "truncate"; readonly keepBytes: number }
  /** A read returns one bit changed. */
  | { readonly kind: "flip"; readonly bit: number }
  /** A listing fails after some objects. */
  | { readonly kind: "break-list"; readonly afterObjects: number; readonly retryable?: boolean }
  | { readonly kind: "delay"; readonly delayMs: number };

/** One call, as a plan sees it. */
export interface FaultCall {
  readonly operation: StoreOperation;
  readonly key: string;
  /** Counts the calls of this operation, from 1. */
  readonly number: number;
}

/** Decides what goes wrong with a call, if anything. */
export type FaultPlan = (call: FaultCall) => Fault | undefined;

/** A fault for one call: the nth of its operation, or every one when `number` is absent; of keys under `prefix` when given. */
export interface ScriptedFault {
  readonly operation: StoreOperation;
  readonly number?: number;
  readonly prefix?: string;
  readonly fault: Fault;
}

/** A plan from a list; the first entry that fits counts. */
export function scriptedFaults(script: readonly ScriptedFault[]): FaultPlan {
  return ({ operation, key, number }) =>
    script.find((line) => line.operation === operation && (line.number ?? number) === number && key.startsWith(line.prefix ?? ""))?.fault;
}

/** Probabilities in [0, 1] of each kind of fault for a call it applies to. */
export interface FaultRates {
  readonly failBefore?: number;
  readonly failAfter?: number;
  readonly breakList?: number;
  readonly truncate?: number;
  readonly flip?: number;
}

const EVERY: readonly StoreOperation[] = ["create", "read", "stat", "list", "remove"];

/** In order of precedence; `place` is a random number below 2^20. */
const RATED: readonly { rate: keyof FaultRates; operations: readonly StoreOperation[]; fault: (place: number) => Fault }[] = [
  { rate: "failBefore", operations: EVERY, fault: () => ({ kind: "fail-before" }) },
  { rate: "breakList", operations: ["list"], fault: (place) => ({ kind: "break-list", afterObjects: place % 8 }) },
  { rate: "failAfter", operations: ["create", "read", "stat", "remove"], fault: () => ({ kind: "fail-after" }) },
  { rate: "truncate", operations: ["read"], fault: (place) => ({ kind: "truncate", keepBytes: place }) },
  { rate: "flip", operations: ["read"], fault: (place) => ({ kind: "flip", bit: place }) },
];

/**
 * A plan drawn from a seeded generator: the same seed and the same calls give the same faults. Each call takes the same number of
 * draws, so that changing one rate leaves the other faults where they were.
 */
export function seededFaults(random: Random, rates: FaultRates): FaultPlan {
  return ({ operation }) => {
    const place = Math.floor(random.fraction() * 2 ** 20);
    const drawn = RATED.filter(({ rate }) => random.fraction() < (rates[rate] ?? 0));
    return drawn.find(({ operations }) => operations.includes(operation))?.fault(place);
  };
}
