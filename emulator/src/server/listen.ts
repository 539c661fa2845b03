import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Descriptors of 8 KiB and metadata of 8 KiB come in headers. */
const HEADER_BYTES_MAX = 64 * 1024;

const OPTIONS: ServerOptions = { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 60_000, requestTimeout: 0 };

/** A certificate and its key, as PEM texts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Where to listen. */
export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Speak HTTPS: clients refuse to send bearer tokens over plain HTTP. */
  readonly tls: TlsFiles | undefined;
}

/** A server that listens. */
export interface Listening {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Listens at an address. Throws what the system says about it. */
export async function listen(listener: RequestListener, { host, port, tls }: Address): Promise<Listening> {
  const server: Server = tls === undefined ? createServer(OPTIONS, listener) : createSecureServer({ ...OPTIONS, ...tls }, listener);
  server.listen(port, host);
  await once(server, "listening");
  const chosen = (server.address() as AddressInfo).port;
  return {
    origin: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${chosen}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
