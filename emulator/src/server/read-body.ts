import type { IncomingMessage } from "node:http";
import { cutLength } from "../faults/cut-body.ts";
import { StorageError } from "../protocol/errors.ts";

/** The body of one request, and how many of its bytes were read. */
export class RequestBody {
  readonly #request: IncomingMessage;
  #bytesRead = 0;
  #cutAt: number | undefined;
  #isBroken = false;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Breaks off reading after this fraction of the body. */
  cutAt(fraction: number): void {
    this.#cutAt = fraction;
  }

  /** True once reading was broken off: no answer can follow. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The whole body. Throws RequestBodyTooLarge, and the connection's error when it breaks. */
  async read(bytesMax: number): Promise<Uint8Array> {
    const declared = Number(this.#request.headers["content-length"] ?? "0");
    if (declared > bytesMax) throw new StorageError("RequestBodyTooLarge");
    const breakAt = this.#cutAt === undefined || declared === 0 ? Number.POSITIVE_INFINITY : cutLength(declared, this.#cutAt);
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#request as AsyncIterable<Uint8Array>) {
      this.#bytesRead += chunk.length;
      if (this.#bytesRead > bytesMax) throw new StorageError("RequestBodyTooLarge");
      if (this.#bytesRead > breakAt) {
        this.#isBroken = true;
        throw new StorageError("InternalError");
      }
      chunks.push(chunk);
    }
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  }
}
