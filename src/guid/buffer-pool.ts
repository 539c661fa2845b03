import { Semaphore } from "../shared/pool.ts";

/** A buffer lent by a pool. */
export interface LentBuffer {
  readonly buffer: Buffer;
  /** Call once, when nobody looks at the buffer any more. */
  readonly giveBack: () => void;
}

/**
 * Buffers of one size, used again and again: memory that was touched once is not paid for again, and no garbage piles up. At most
 * `buffersMax` are out; whoever wants another one waits.
 */
export class BufferPool {
  readonly #bufferBytes: number;
  readonly #free: Buffer[] = [];
  readonly #turns: Semaphore;
  readonly #newBuffer: () => Buffer;

  /** `newBuffer` makes a buffer of the usual size when all that were made are out: plain memory unless given. */
  constructor(bufferBytes: number, buffersMax: number, newBuffer: () => Buffer = () => Buffer.allocUnsafeSlow(bufferBytes)) {
    this.#bufferBytes = bufferBytes;
    this.#newBuffer = newBuffer;
    this.#turns = new Semaphore(buffersMax);
  }

  /** A buffer of `bytes` with anything in it. One larger than usual counts as the buffers it is worth. */
  async take(bytes: number): Promise<LentBuffer> {
    const release = await this.#turns.acquire(Math.ceil(bytes / this.#bufferBytes));
    const whole = bytes > this.#bufferBytes ? undefined : (this.#free.pop() ?? this.#newBuffer());
    return {
      buffer: whole?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes),
      giveBack: () => {
        if (whole !== undefined) this.#free.push(whole);
        release();
      },
    };
  }
}
