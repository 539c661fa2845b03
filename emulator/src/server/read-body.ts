import type { IncomingMessage } from "node:http";
import { StorageError } from "../protocol/errors.ts";

/** The body of one request, and how many of its bytes were read. */
export class RequestBody {
  readonly #request: IncomingMessage;
  #bytesRead = 0;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** The whole body. Throws RequestBodyTooLarge, and the connection's error when it breaks. */
  async read(bytesMax: number): Promise<Uint8Array> {
    const declared = Number(this.#request.headers["content-length"] ?? "0");
    if (declared > bytesMax) throw new StorageError("RequestBodyTooLarge");
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#request as AsyncIterable<Uint8Array>) {
      this.#bytesRead += chunk.length;
      if (this.#bytesRead > bytesMax) throw new StorageError("RequestBodyTooLarge");
      chunks.push(chunk);
    }
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  }
}
