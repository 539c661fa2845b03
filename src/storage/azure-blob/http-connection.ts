import net from "node:net";
import tls from "node:tls";
import { parseAnswerHead } from "./answer-head.ts";
import type { AnswerHead } from "./answer-head.ts";
import { PIECE_BYTES } from "./body.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { memoryFor } from "../../shared/received-bodies.ts";
import type { Receiving } from "../../shared/received-bodies.ts";

/** What is read at once while it is not known yet where the bytes belong. */
const READ_BYTES = 64 * 1024;

/** Longest head of an answer. */
const HEAD_BYTES_MAX = 64 * 1024;

const HEAD_END = Buffer.from("\r\n\r\n");
const NOTHING = Buffer.alloc(0);

/** An answer with its body, which is undefined when fewer bytes came than were promised. */
export interface ReceivedAnswer {
  readonly head: AnswerHead;
  readonly bytes: Uint8Array | undefined;
}

/** Not an answer with a length and a body of that length, nor one in chunks. A client for everything may understand it. */
export class UnusualAnswer extends Error {
  override readonly name = "UnusualAnswer";
}

/** A request that was sent and has not been answered in full. */
interface Call {
  readonly how: Receiving;
  readonly resolve: (answer: ReceivedAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
  /** What came of a head that has not ended. */
  begun: Buffer;
  head: AnswerHead | undefined;
  /** All of the request has left. */
  sent: boolean;
  chunks: ChunkedBody | undefined;
  body: Uint8Array;
  /** Bytes of the body that are there. */
  at: number;
}

let sharedMemory: Buffer | undefined;

/**
 * A connection for requests of HTTP/1.1, one after the other (RFC 9112), on which the system writes the body of an answer where it is
 * wanted. Node's own client copies each piece twice on its way there, which costs more than everything else about receiving it.
 */
export class HttpConnection {
  readonly #socket: net.Socket;
  readonly #memory: Buffer;
  #call: Call | undefined;
  #keepsAlive = true;
  #silent = true;

  /** Begins to connect to `http://host:port` or `https://host:port`. */
  constructor(origin: URL) {
    // Nothing stays in it beyond one callback, so that one is enough for all connections.
    this.#memory = sharedMemory ??= Buffer.allocUnsafeSlow(READ_BYTES);
    this.#socket = connect(origin, {
      buffer: () => this.#room(),
      callback: (length, buffer) => {
        this.#got(buffer.subarray(0, length));
        return true;
      },
    });
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("close", () => this.#ended());
  }

  /** It can take another request. */
  get reusable(): boolean {
    return this.#keepsAlive && !this.#socket.destroyed;
  }

  /** Closes it; nothing is under way. */
  close(): void {
    this.#socket.destroy();
  }

  /** Nothing came since the last request was sent. */
  get silent(): boolean {
    return this.#silent;
  }

  /**
   * Sends the head of a request and its body, and receives the answer; not before the answer to the one before is there. Throws
   * `UnusualAnswer`, what the connection throws, or an `AbortError`; the connection is closed then, and nothing is read from or written
   * to the caller's memory any more.
   */
  async send(head: string, body: Uint8Array, how: Receiving & { readonly signal: AbortSignal }): Promise<ReceivedAnswer> {
    const { signal } = how;
    signal.throwIfAborted();
    return await new Promise<ReceivedAnswer>((resolve, reject) => {
      const stop = (): void => this.#fail(new DOMException("the request was stopped", "AbortError"));
      const stopListening = (): void => signal.removeEventListener("abort", stop);
      signal.addEventListener("abort", stop);
      const nothing = { begun: NOTHING, head: undefined, sent: false, chunks: undefined, body: NOTHING, at: 0 };
      const call: Call = { how, resolve, reject, stopListening, ...nothing };
      this.#silent = true;
      this.#call = call;
      this.#socket.ref();
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      this.#sendBody(call, body, 0);
      this.#socket.uncork();
    });
  }

  #sendBody(call: Call, body: Uint8Array, from: number): void {
    call.sent = from >= body.length;
    if (call.sent) return;
    this.#socket.write(body.subarray(from, from + PIECE_BYTES), () => {
      // It may have been answered before all of it was there, and its memory given back.
      if (this.#call !== call) return;
      call.how.moved();
      this.#sendBody(call, body, from + PIECE_BYTES);
    });
  }

  /** Where the next bytes go: into what is missing of a body, or where they can be looked at. */
  #room(): Uint8Array {
    const { body, at } = this.#call ?? { body: this.#memory, at: 0 };
    return at < body.length ? body.subarray(at) : this.#memory;
  }

  #got(bytes: Uint8Array): void {
    const call = this.#call;
    // Nobody asked for it: whatever comes next on this connection would be taken for something else.
    if (call === undefined) return void this.#socket.destroy();
    this.#silent = false;
    call.how.moved();
    if (call.head === undefined) this.#gotHead(call, this.#memory.subarray(0, bytes.length));
    else if (call.chunks === undefined) call.at += bytes.length;
    else this.#gotChunks(call, call.chunks, this.#memory.subarray(0, bytes.length));
    if (this.#call !== call || call.head === undefined || call.chunks !== undefined) return;
    const { into, arrived } = call.how;
    if (call.at === call.body.length) this.#finish(call, call.head);
    else if (call.body.buffer === into?.buffer) arrived?.(call.at);
  }

  /** `bytes` is looked at in this call only: others use its memory then. */
  #gotHead(call: Call, bytes: Buffer): void {
    const begun = call.begun.length === 0 ? bytes : Buffer.concat([call.begun, bytes]);
    const end = begun.indexOf(HEAD_END);
    if (end > HEAD_BYTES_MAX || (end < 0 && begun.length > HEAD_BYTES_MAX)) return this.#fail(new UnusualAnswer("its head is too long"));
    if (end < 0) return void (call.begun = Buffer.from(begun));
    const head = parseAnswerHead(begun.toString("latin1", 0, end));
    if (head?.length === undefined || head.status < 200) return this.#fail(new UnusualAnswer("it has no head that tells a length"));
    call.head = head;
    this.#beginBody(call, head.length, begun.subarray(end + HEAD_END.length));
  }

  /** `first` is what came of the body with the head. */
  #beginBody(call: Call, length: number | "chunked", first: Buffer): void {
    if (length === "chunked") {
      call.chunks = new ChunkedBody();
      return this.#gotChunks(call, call.chunks, first);
    }
    if (first.length > length) return this.#fail(new UnusualAnswer("it is longer than its head tells"));
    try {
      // What an error says is no content.
      call.body = memoryFor((call.head?.status ?? 0) < 300 ? call.how.into : undefined, length);
    } catch (error) {
      return this.#fail(error);
    }
    call.body.set(first);
    call.at = first.length;
  }

  #gotChunks(call: Call, chunks: ChunkedBody, bytes: Buffer): void {
    try {
      if (!chunks.push(bytes)) return;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#fail(new UnusualAnswer(error.message));
    }
    call.body = chunks.bytes();
    if (call.head !== undefined) this.#finish(call, call.head);
  }

  #finish(call: Call, head: AnswerHead): void {
    this.#leave(call);
    this.#keepsAlive = head.keepsAlive && call.sent;
    if (this.#keepsAlive) this.#socket.unref();
    else this.#socket.destroy();
    call.resolve({ head, bytes: call.body });
  }

  /** The other side has closed the connection. */
  #ended(): void {
    const call = this.#call;
    if (call?.head === undefined) return this.#fail(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    this.#leave(call);
    this.#socket.destroy();
    call.resolve({ head: call.head, bytes: undefined });
  }

  #fail(error: unknown): void {
    const call = this.#call;
    if (call !== undefined) this.#leave(call);
    this.#socket.destroy();
    call?.reject(error);
  }

  #leave(call: Call): void {
    this.#call = undefined;
    call.stopListening();
  }
}

function connect(origin: URL, onread: net.OnReadOpts): net.Socket {
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  const secure = origin.protocol === "https:";
  const options = { host, port: Number(origin.port || (secure ? 443 : 80)), noDelay: true, keepAlive: true, onread };
  if (!secure) return net.connect(options);
  // An address is no name for the extension of that name; the certificate is held against `host` all the same.
  return tls.connect({ ...options, ...(net.isIP(host) === 0 ? { servername: host } : {}), ALPNProtocols: ["http/1.1"] });
}
