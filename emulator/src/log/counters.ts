import type { RequestEntry } from "./request-entry.ts";

/** What was counted of one operation. */
export interface OperationCount {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Requests by HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests by error code; those that went well are not in it. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What was counted since the start or the last reset. */
export interface CounterReport {
  readonly total: OperationCount;
  /** Operations that were asked for, by name. */
  readonly operations: Readonly<Record<string, OperationCount>>;
}

interface Count {
  requests: number;
  bytesIn: number;
  bytesOut: number;
  readonly statuses: Map<string, number>;
  readonly errors: Map<string, number>;
}

/** Counts requests by operation. */
export class Counters {
  #total = newCount();
  #operations = new Map<string, Count>();

  add(entry: Pick<RequestEntry, "operation" | "status" | "errorCode" | "bytesIn" | "bytesOut">): void {
    let count = this.#operations.get(entry.operation);
    if (count === undefined) {
      count = newCount();
      this.#operations.set(entry.operation, count);
    }
    for (const one of [this.#total, count]) {
      one.requests += 1;
      one.bytesIn += entry.bytesIn;
      one.bytesOut += entry.bytesOut;
      increment(one.statuses, String(entry.status));
      if (entry.errorCode !== "") increment(one.errors, entry.errorCode);
    }
  }

  report(): CounterReport {
    const names = [...this.#operations.keys()].sort();
    const operations = names.map((name) => [name, toReport(this.#operations.get(name) ?? newCount())] as const);
    return { total: toReport(this.#total), operations: Object.fromEntries(operations) };
  }

  reset(): void {
    this.#total = newCount();
    this.#operations = new Map();
  }
}

function newCount(): Count {
  return { requests: 0, bytesIn: 0, bytesOut: 0, statuses: new Map(), errors: new Map() };
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function toReport({ requests, bytesIn, bytesOut, statuses, errors }: Count): OperationCount {
  return { requests, bytesIn, bytesOut, statuses: sorted(statuses), errors: sorted(errors) };
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
