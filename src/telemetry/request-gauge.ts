/** Places in the shared memory. */
const IN_FLIGHT = 0;
const REQUESTS = 1;
const THROTTLED = 2;
const FAILED = 3;
const PLACES = 4;

/** Requests to a store at one moment. All but `inFlight` only grow. */
export interface RequestCounts {
  readonly inFlight: number;
  readonly requests: number;
  /** Answered with "slow down": HTTP 429 or 503. */
  readonly throttled: number;
  /** All that failed, throttled ones included. */
  readonly failed: number;
}

/** Counts requests to a store across threads: each thread makes a gauge over the same memory. */
export class RequestGauge {
  /** To be posted to other threads. */
  readonly memory: SharedArrayBuffer;
  readonly #places: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#places = new Int32Array(memory);
  }

  /** Counts a request from now until its promise is settled; the result is the promise's. */
  async during<T>(request: Promise<T>, isThrottled: (error: unknown) => boolean): Promise<T> {
    Atomics.add(this.#places, REQUESTS, 1);
    Atomics.add(this.#places, IN_FLIGHT, 1);
    try {
      return await request;
    } catch (error) {
      Atomics.add(this.#places, FAILED, 1);
      if (isThrottled(error)) Atomics.add(this.#places, THROTTLED, 1);
      throw error;
    } finally {
      Atomics.sub(this.#places, IN_FLIGHT, 1);
    }
  }

  get counts(): RequestCounts {
    const at = (place: number): number => Atomics.load(this.#places, place);
    // Read as unsigned: a run of months may pass 2^31 requests.
    return { inFlight: at(IN_FLIGHT), requests: at(REQUESTS) >>> 0, throttled: at(THROTTLED) >>> 0, failed: at(FAILED) >>> 0 };
  }
}
