import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** How the proxy spoils one request. */
export type Cut =
  /** The server gets the request and answers; the answer never arrives. */
  | { readonly kind: "lose-answer" }
  /** The connection breaks after so many bytes of the request. */
  | { readonly kind: "cut-request"; readonly afterBytes: number }
  /** The connection breaks after so many bytes of the answer. */
  | { readonly kind: "cut-answer"; readonly afterBytes: number }
  /** Nothing comes back and nothing breaks: a dead line. */
  | { readonly kind: "silence" };

/** A TCP proxy in front of a server, which breaks connections on demand. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** The next request whose first line starts with `start` is spoiled; each entry counts once, in order. */
  spoil(start: string, cut: Cut): void;
  /** Cuts that have happened. */
  readonly cuts: number;
}

/** Starts a proxy on a free loopback port that passes everything to `targetPort`. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const planned: { start: string; cut: Cut }[] = [];
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    relay(client, upstream, (start) => {
      const at = planned.findIndex((plan) => start.startsWith(plan.start));
      const [plan] = at < 0 ? [] : planned.splice(at, 1);
      if (plan !== undefined) cuts += 1;
      return plan?.cut;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    spoil: (start, cut) => planned.push({ start, cut }),
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: () => closeAll(server, sockets),
  };
}

/** Passes bytes both ways. A chunk from the client that starts with a method begins a request; from then on a cut counts bytes. */
function relay(client: Socket, upstream: Socket, planFor: (start: string) => Cut | undefined): void {
  let cut: Cut | undefined;
  let sent = 0;
  let received = 0;
  client.on("data", (chunk) => {
    const start = chunk.toString("latin1", 0, 200);
    if (cut === undefined && /^[A-Z]{3,7} \//.test(start)) {
      cut = planFor(start);
      sent = 0;
      received = 0;
    }
    sent += chunk.length;
    if (cut?.kind === "cut-request" && sent > cut.afterBytes) client.destroy();
    else upstream.write(chunk);
  });
  upstream.on("data", (chunk) => {
    received += chunk.length;
    if (cut?.kind === "silence") return;
    if (cut?.kind === "lose-answer") client.destroy();
    else if (cut?.kind === "cut-answer" && received > cut.afterBytes) {
      client.write(chunk.subarray(0, Math.max(0, chunk.length - (received - cut.afterBytes))), () => client.destroy());
    } else client.write(chunk);
  });
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, "close");
}
