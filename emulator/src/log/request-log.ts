import { Counters, type CounterReport } from "./counters.ts";
import type { LogFile } from "./log-file.ts";
import type { RequestEntry } from "./request-entry.ts";
import { Ring } from "./ring.ts";

/** Requests that are remembered for the control endpoint; about 4 MB. */
const REMEMBERED_MAX = 10_000;

/** Where else requests are told of, and how many are remembered. */
export interface RequestLogOptions {
  readonly file?: LogFile | undefined;
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
  readonly rememberedMax?: number;
}

/** Where finished requests are written down: counters, the last ones in memory, and a file if there is one. */
export class RequestLog {
  readonly #counters = new Counters();
  readonly #ring: Ring<RequestEntry>;
  readonly #file: LogFile | undefined;
  readonly #onRequest: ((entry: RequestEntry) => void) | undefined;

  constructor({ file, onRequest, rememberedMax = REMEMBERED_MAX }: RequestLogOptions = {}) {
    this.#file = file;
    this.#onRequest = onRequest;
    this.#ring = new Ring(rememberedMax);
  }

  add(entry: RequestEntry): void {
    this.#counters.add(entry);
    this.#ring.add(entry);
    this.#file?.write(entry);
    this.#onRequest?.(entry);
  }

  counters(): CounterReport {
    return this.#counters.report();
  }

  resetCounters(): void {
    this.#counters.reset();
  }

  /** Requests still remembered, oldest first, without the first `skip` since the start. */
  entries(skip = 0): readonly RequestEntry[] {
    return this.#ring.since(skip);
  }

  /** How many requests there were since the start or since `clear`; what `skip` counts in. */
  get count(): number {
    return this.#ring.added;
  }

  /** Forgets the remembered requests; the file and the counters stay. */
  clear(): void {
    this.#ring.clear();
  }
}
