import { Readable, finished } from "node:stream";

/** How the body of one answer is received. */
export interface Receiving {
  /** Taken for the result when it has room: saves page faults and garbage. */
  readonly into?: Uint8Array | undefined;
  /** Told of each piece as it comes. */
  readonly moved: () => void;
  /** Told how many bytes of `into` are filled, while more are to come. Not every way of receiving says so. */
  readonly arrived?: ((bytes: number) => void) | undefined;
}

/** What is read of an answer that passes through the pipeline of an SDK. */
export interface PassingAnswer {
  readonly headers: { get(name: string): string | undefined };
  readableStreamBody?: NodeJS.ReadableStream | undefined;
}

/** Undefined: it had not the length that was said. */
type Body = Promise<Uint8Array | undefined>;

/**
 * Receives bodies where they arrive, below an SDK that would hand each piece through two more streams: a third of the work of
 * receiving large ones. Calls are told apart by the abort signal that each has of its own.
 */
export class ReceivedBodies {
  readonly #awaited = new WeakMap<object, Receiving>();
  readonly #bodies = new WeakMap<object, Body>();

  /**
   * Sends a request with this signal and receives the body of its answer: undefined when it broke off, so that fewer bytes came than
   * were promised. Throws what `send` or the connection throws.
   */
  async receive<T>(
    signal: AbortSignal,
    how: Receiving,
    send: () => Promise<T>,
  ): Promise<{ readonly answer: T; readonly bytes: Uint8Array | undefined }> {
    this.#awaited.set(signal, how);
    const answer = await send();
    return { answer, bytes: await this.#bodies.get(signal) };
  }

  /** To be called by the pipeline for each answer, before the SDK looks at it: takes the body away if somebody awaits it. */
  take(signal: unknown, answer: PassingAnswer): void {
    const stream = answer.readableStreamBody;
    if (typeof signal !== "object" || signal === null || stream === undefined) return;
    const how = this.#awaited.get(signal);
    const length = Number(answer.headers.get("content-length") ?? Number.NaN);
    // Without a length the SDK has its own words to say.
    if (how === undefined || !Number.isSafeInteger(length)) return;
    const body = collect(stream as Readable, length, how);
    body.catch(() => undefined);
    this.#bodies.set(signal, body);
    // The SDK waits for nothing and nobody reads what it makes of this.
    answer.readableStreamBody = new Readable({ read: () => undefined });
  }
}

/** Memory for a body of that length: the caller's if it has room. */
export function memoryFor(into: Uint8Array | undefined, length: number): Uint8Array {
  return into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length);
}

function collect(stream: Readable, length: number, how: Receiving): Body {
  const { into, moved } = how;
  const bytes = memoryFor(into, length);
  return new Promise((resolve, reject) => {
    let at = 0;
    stream.on("data", (piece: Uint8Array) => {
      moved();
      if (at + piece.length <= length) bytes.set(piece, at);
      at += piece.length;
    });
    finished(stream, (error) => {
      if (error) reject(error);
      else resolve(at === length ? bytes : undefined);
    });
  });
}
