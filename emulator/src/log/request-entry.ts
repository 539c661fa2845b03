import type { OperationName } from "../protocol/operation.ts";

/** One request as the log tells it. */
export interface RequestEntry {
  /** ISO 8601, when it arrived. */
  readonly time: string;
  readonly requestId: string;
  readonly clientRequestId: string;
  /** `Unknown`: nothing the service knows was asked for. */
  readonly operation: OperationName | "Unknown";
  readonly method: string;
  /** Path and query; signatures are left out. */
  readonly target: string;
  readonly status: number;
  /** Empty when it went well. */
  readonly errorCode: string;
  /** Bytes of bodies; headers are not counted. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  readonly caller: string;
  readonly userAgent: string;
  /** What was made to go wrong; empty for nothing. */
  readonly fault: string;
}

/** A request target that can be written down: the value of every `sig` parameter is replaced. */
export function withoutSignature(target: string): string {
  return target.replace(/([?&]sig=)[^&]*/gi, "$1***");
}
