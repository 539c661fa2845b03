import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthRequest } from "../../src/auth/auth-request.ts";

/** A server that keeps what arrives and answers success, so that a test sees what a client really signed. */
export interface CaptureServer extends AsyncDisposable {
  /** `http://127.0.0.1:port/account`. */
  readonly url: string;
  readonly requests: readonly AuthRequest[];
}

/** Starts one on a free port of the loopback address. */
export async function startCaptureServer(account: string): Promise<CaptureServer> {
  const requests: AuthRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? "",
      target: request.url ?? "",
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress ?? "",
      protocol: "http",
    });
    request.resume();
    request.on("end", () => response.writeHead(request.method === "GET" ? 200 : 201).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}/${account}`, requests, [Symbol.asyncDispose]: stop };
}
