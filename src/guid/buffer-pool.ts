import { Semaphore } from "../shared/pool.ts";

/** A buffer lent by a pool. */
export interface LentBuffer {
  readonly buffer: Buffer;
  /** Call once, when nobody looks at the buffer any more. */
  readonly giveBack: () => void;
}

/**
 * Buffers of one size, used again and again: memory that was touched once is not paid for again, and no garbage piles up. At most
 * `buffersMax` are out; whoever wants another one waits. Other threads can look at them without a copy.
 */
export class BufferPool {
  readonly #bufferBytes: number;
  readonly #free: Buffer[] = [];
  readonly #turns: Semaphore;

  constructor(bufferBytes: number, buffersMax: number) {
    this.#bufferBytes = bufferBytes;
    this.#turns = new Semaphore(buffersMax);
  }

  /** A buffer of `bytes` with anything in it. One larger than usual counts as the buffers it is worth. */
  async take(bytes: number): Promise<LentBuffer> {
    const release = await this.#turns.acquire(Math.ceil(bytes / this.#bufferBytes));
    const whole = bytes > this.#bufferBytes ? undefined : (this.#free.pop() ?? sharedBuffer(this.#bufferBytes));
    return {
      buffer: whole?.subarray(0, bytes) ?? sharedBuffer(bytes),
      giveBack: () => {
        if (whole !== undefined) this.#free.push(whole);
        release();
      },
    };
  }
}

function sharedBuffer(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}
