/** A budget that refills with time, as the service counts requests and bytes of a share. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledMs: number;

  /** Starts full. `nowMs` only moves forward. */
  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    // A request needs one whole token, however slow the refill.
    this.#capacity = Math.max(1, perSecond * burstSeconds);
    this.#tokens = this.#capacity;
    this.#filledMs = nowMs;
  }

  /** How long until `amount` can be taken; 0 when it can be now. Whatever is more than the bucket holds waits for a full one. */
  waitMs(amount: number, nowMs: number): number {
    this.#fill(nowMs);
    const missing = Math.min(amount, this.#capacity) - this.#tokens;
    // Sums of many small refills stop just short of whole tokens.
    return missing <= 1e-9 ? 0 : missing / this.#perMs;
  }

  /** Takes tokens, into debt if need be: a request's bytes are only known once they have passed. */
  take(amount: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens -= amount;
  }

  #fill(nowMs: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
  }
}
