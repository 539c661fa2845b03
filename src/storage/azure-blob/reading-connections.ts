import { validateHeaderValue } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import { ReadingConnection } from "./reading-connection.ts";
import type { ReceivedAnswer } from "./reading-connection.ts";
import type { Receiving } from "../../shared/received-bodies.ts";

/** Connections kept for later, to all servers together. */
const IDLE_MAX = 64;

/** One that nobody used for this long is closed: firewalls forget such connections without a word. */
const IDLE_MS_MAX = 60_000;

/** A GET request. Host and connection are added to its headers. */
export interface ReadingRequest {
  readonly url: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
}

interface IdleConnection {
  readonly origin: string;
  readonly connection: ReadingConnection;
  readonly sinceMs: number;
}

/** Connections that are used again and again, each by one request at a time. Idle ones do not keep the process alive. */
export class ReadingConnections {
  readonly #clock: Clock;
  #idle: IdleConnection[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends a request; see `ReadingConnection.send`. */
  async get(request: ReadingRequest, how: Receiving, signal: AbortSignal): Promise<ReceivedAnswer> {
    const url = new URL(request.url);
    const text = textOf(url, request.headers);
    for (;;) {
      const idle = this.#takeIdle(url.origin);
      const connection = idle ?? new ReadingConnection(url);
      try {
        const answer = await connection.send(text, how, signal);
        this.#keep({ origin: url.origin, connection, sinceMs: this.#clock.monotonicMs() });
        return answer;
      } catch (error) {
        // A server may close an idle connection at any time, also while a request is on its way (RFC 9112 section 9.3.1). There are
        // no more tries than there are idle connections: the last one has a new connection.
        if (idle === undefined || !idle.silent || signal.aborted) throw error;
      }
    }
  }

  #keep(idle: IdleConnection): void {
    if (!idle.connection.reusable) return;
    if (this.#idle.length < IDLE_MAX) this.#idle.push(idle);
    else idle.connection.close();
  }

  #takeIdle(origin: string): ReadingConnection | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const { connection, sinceMs } of this.#idle) if (nowMs - sinceMs > IDLE_MS_MAX) connection.close();
    this.#idle = this.#idle.filter(({ connection }) => connection.reusable);
    const index = this.#idle.findLastIndex((idle) => idle.origin === origin);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0]?.connection;
  }
}

/** Throws a TypeError for a header that cannot be sent. */
function textOf({ pathname, search, host }: URL, headers: ReadingRequest["headers"]): string {
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${host}`, "connection: keep-alive"];
  for (const [name, value] of headers) {
    validateHeaderValue(name, value);
    lines.push(`${name}: ${value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
