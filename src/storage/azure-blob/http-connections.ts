import { validateHeaderValue } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import type { Receiving } from "../../shared/received-bodies.ts";
import { HttpConnection } from "./http-connection.ts";
import type { ReceivedAnswer } from "./http-connection.ts";

/** Connections kept for later, to all servers together. */
const IDLE_MAX = 64;

/** One that nobody used for this long is closed: firewalls forget such connections without a word. */
const IDLE_MS_MAX = 60_000;

const NOTHING = new Uint8Array(0);

/** A request that may be sent again when its connection turns out to be closed. Host, connection and length are added to its headers. */
export interface HttpRequest {
  readonly method: "GET" | "PUT";
  /** Of the server: `https://host:port`. */
  readonly origin: URL;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** Stays as it is until the answer is there. */
  readonly body?: Uint8Array;
}

interface IdleConnection {
  readonly origin: string;
  readonly connection: HttpConnection;
  readonly sinceMs: number;
}

/** Connections that are used again and again, each by one request at a time. Idle ones do not keep the process alive. */
export class HttpConnections {
  readonly #clock: Clock;
  #idle: IdleConnection[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends a request; see `HttpConnection.send`. */
  async send(request: HttpRequest, how: Receiving & { readonly signal: AbortSignal }): Promise<ReceivedAnswer> {
    const { body = NOTHING } = request;
    const { origin } = request.origin;
    const head = headOf(request);
    for (;;) {
      const idle = this.#takeIdle(origin);
      const connection = idle ?? new HttpConnection(request.origin);
      try {
        const answer = await connection.send(head, body, how);
        this.#keep({ origin, connection, sinceMs: this.#clock.monotonicMs() });
        return answer;
      } catch (error) {
        // A server may close an idle connection at any time, also while a request is on its way (RFC 9112 section 9.3.1). There are
        // no more tries than there are idle connections: the last one has a new connection.
        if (idle === undefined || !idle.silent || how.signal.aborted) throw error;
      }
    }
  }

  #keep(idle: IdleConnection): void {
    if (!idle.connection.reusable) return;
    if (this.#idle.length < IDLE_MAX) this.#idle.push(idle);
    else idle.connection.close();
  }

  #takeIdle(origin: string): HttpConnection | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const { connection, sinceMs } of this.#idle) if (nowMs - sinceMs > IDLE_MS_MAX) connection.close();
    this.#idle = this.#idle.filter(({ connection }) => connection.reusable);
    const index = this.#idle.findLastIndex((idle) => idle.origin === origin);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0]?.connection;
  }
}

/** Throws a TypeError for a header that cannot be sent. */
function headOf({ method, origin, target, headers, body }: HttpRequest): string {
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`;
  if (body !== undefined) text += `content-length: ${body.length}\r\n`;
  for (const [name, value] of headers) {
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}
