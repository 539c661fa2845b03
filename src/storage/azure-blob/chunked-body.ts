/** Longest line between two chunks: the length of one, with what extensions a server may add. */
const LINE_CHARS_MAX = 16 * 1024;

/** Most bytes of a body in chunks. What comes so is a listing page, an error or nothing; content has a length. */
const BODY_BYTES_MAX = 128 * 2 ** 20;

const CRLF = "\r\n";

/** Puts a body in chunks together, RFC 9112 section 7.1, however it is cut on the way. Extensions and trailers are passed over. */
export class ChunkedBody {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes that are missing of the chunk, with its line end; 0 between two chunks. */
  #left = 0;
  /** A line that has not ended. */
  #line = "";
  #state: "chunks" | "trailers" | "ended" = "chunks";

  /** Takes the next bytes and copies what it keeps. True when they end the body exactly. Throws a RangeError for what is no such body. */
  push(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length;) {
      if (this.#state === "ended") throw new RangeError("something follows the last chunk");
      at = this.#left > 0 ? this.#content(bytes, at) : this.#lineFrom(bytes, at);
    }
    return this.#state === "ended";
  }

  /** All of it, when it has ended. */
  bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.#length);
  }

  /** Takes what is there of a chunk; its line end is looked at and not kept. */
  #content(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#left);
    const contentEnd = Math.min(end, from + this.#left - CRLF.length);
    if (contentEnd > from) {
      this.#pieces.push(Buffer.from(bytes.subarray(from, contentEnd)));
      this.#length += contentEnd - from;
      if (this.#length > BODY_BYTES_MAX) throw new RangeError("it is too long");
    }
    for (let at = Math.max(from, contentEnd); at < end; at += 1) {
      const missing = this.#left - (at - from);
      if (bytes[at] !== CRLF.charCodeAt(CRLF.length - missing)) throw new RangeError("a chunk does not end where it should");
    }
    this.#left -= end - from;
    return end;
  }

  #lineFrom(bytes: Buffer, from: number): number {
    const lineEnd = bytes.indexOf(10, from);
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    this.#line += bytes.toString("latin1", from, end);
    if (this.#line.length > LINE_CHARS_MAX) throw new RangeError("a line between its chunks is too long");
    if (lineEnd < 0) return end;
    if (!this.#line.endsWith(CRLF)) throw new RangeError("a line between its chunks does not end as it should");
    const line = this.#line.slice(0, -CRLF.length);
    this.#line = "";
    if (this.#state === "trailers") this.#state = line === "" ? "ended" : "trailers";
    else this.#begin(line);
    return end;
  }

  #begin(line: string): void {
    const digits = /^([\dA-Fa-f]{1,8})[ \t]*(?:;|$)/.exec(line)?.[1];
    if (digits === undefined) throw new RangeError("a chunk has no length");
    const length = Number.parseInt(digits, 16);
    if (length === 0) this.#state = "trailers";
    else this.#left = length + CRLF.length;
  }
}
