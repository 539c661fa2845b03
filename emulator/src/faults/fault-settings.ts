import { OPERATIONS, type OperationName } from "../protocol/operation.ts";
import { Fields } from "../json/fields.ts";

/** Which requests a rule touches. */
export interface FaultScope {
  /** Undefined: every operation. */
  readonly operations: readonly OperationName[] | undefined;
  /** How many of them it touches, of one: 0.01 is every hundredth on average. */
  readonly rate: number;
  /** After touching so many requests the rule is spent; undefined: never. */
  readonly timesMax: number | undefined;
}

/** Limits as the service has them for a share: what goes beyond is refused. */
export interface ThrottleSettings {
  readonly requestsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  /** How many seconds' worth may be used at once after a pause. */
  readonly burstSeconds: number;
  /** 503 ServerBusy as the service answers, or 429 as some front ends do. */
  readonly status: 503 | 429;
}

/** Time added before a request is looked at. */
export interface LatencySettings extends FaultScope {
  readonly msMin: number;
  readonly msMax: number;
}

/** A request answered with an error before anything happens. */
export interface ErrorSettings extends FaultScope {
  readonly code: "ServerBusy" | "OperationTimedOut" | "InternalError";
}

/**
 * How a body ends early. `reset`: the connection is reset; `truncate`: it is closed in good order, short of the promised length;
 * `shorten`: the promised length is that of the short body, so that only a size or checksum known from elsewhere tells.
 */
export type CutKind = "reset" | "truncate" | "shorten";

/** A body that ends early: of the answer, or of the request where the answer has none. */
export interface CutSettings extends FaultScope {
  readonly kind: CutKind;
}

/** Everything that goes wrong on purpose; what is left out stays in order. */
export interface FaultSettings {
  /** Decides which requests are touched, and where bodies end. */
  readonly seed: number;
  readonly throttle: ThrottleSettings | undefined;
  readonly latency: LatencySettings | undefined;
  readonly errors: readonly ErrorSettings[];
  readonly cuts: readonly CutSettings[];
}

/** Nothing goes wrong. */
export const NO_FAULTS: FaultSettings = { seed: 1, throttle: undefined, latency: undefined, errors: [], cuts: [] };

const MS_MAX = 600_000;
const PER_SECOND_MAX = 1e12;

/** Reads settings from JSON. Throws a ShapeError that names the field and what it takes. */
export function parseFaultSettings(value: unknown): FaultSettings {
  return Fields.read(value, "faults", (fields) => ({
    seed: fields.integer("seed", { min: 0, max: 0xffffffff }) ?? NO_FAULTS.seed,
    throttle: fields.object("throttle", throttleOf),
    latency: fields.object("latency", latencyOf),
    errors: fields.list("errors", errorOf),
    cuts: fields.list("cuts", cutOf),
  }));
}

function throttleOf(fields: Fields): ThrottleSettings {
  return {
    requestsPerSecond: fields.number("requestsPerSecond", { min: 0.001, max: PER_SECOND_MAX }),
    bytesPerSecond: fields.number("bytesPerSecond", { min: 1, max: PER_SECOND_MAX }),
    burstSeconds: fields.number("burstSeconds", { min: 0.001, max: 3600 }) ?? 1,
    status: fields.oneOf("status", [503, 429]) ?? 503,
  };
}

function latencyOf(fields: Fields): LatencySettings {
  const msMin = fields.number("msMin", { min: 0, max: MS_MAX }) ?? 0;
  return { ...scopeOf(fields), msMin, msMax: fields.number("msMax", { min: msMin, max: MS_MAX }) ?? msMin };
}

function errorOf(fields: Fields): ErrorSettings {
  return { ...scopeOf(fields), code: fields.oneOf("code", ["ServerBusy", "OperationTimedOut", "InternalError"]) ?? "ServerBusy" };
}

function cutOf(fields: Fields): CutSettings {
  return { ...scopeOf(fields), kind: fields.oneOf("kind", ["reset", "truncate", "shorten"]) ?? "reset" };
}

function scopeOf(fields: Fields): FaultScope {
  return {
    operations: fields.choices("operations", OPERATIONS),
    rate: fields.number("rate", { min: 0, max: 1 }) ?? 1,
    timesMax: fields.integer("timesMax", { min: 1, max: Number.MAX_SAFE_INTEGER }),
  };
}
