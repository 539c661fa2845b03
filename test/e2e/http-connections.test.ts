import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { makeCertificate } from "../../emulator/test/support/certificate.ts";
import { ManualClock, systemClock } from "../../src/shared/clock.ts";
import { UnusualAnswer } from "../../src/storage/azure-blob/http-connection.ts";
import type { ReceivedAnswer } from "../../src/storage/azure-blob/http-connection.ts";
import { HttpConnections } from "../../src/storage/azure-blob/http-connections.ts";
import { runProgram } from "../support/http-program.ts";
import { patternBytes } from "../support/object-store-suite.ts";
import { tempFolder } from "../support/temp.ts";

const folder = await tempFolder("http");
after(() => folder.remove());

interface Listening {
  readonly port: number;
  /** Connections that were opened until now. */
  readonly opened: () => number;
}

async function listen(context: TestContext, server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, opened: () => sockets.size };
}

/** A server that answers whatever it is sent with what `answer` does. */
function rawServer(answer: (socket: Socket, count: number) => unknown): Server {
  let count = 0;
  return net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => answer(socket, (count += 1)));
  });
}

interface Asked {
  readonly connections?: HttpConnections;
  readonly body?: Uint8Array;
  readonly into?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly moved?: () => void;
  readonly arrived?: (bytes: number) => void;
}

function ask(url: string, asked: Asked = {}): Promise<ReceivedAnswer> {
  const {
    connections = new HttpConnections(systemClock),
    signal = new AbortController().signal,
    body,
    moved = () => undefined,
    ...how
  } = asked;
  const origin = new URL(url);
  const request = { method: body === undefined ? "GET" : "PUT", origin, target: origin.pathname, headers: [["x-test", "yes"]] } as const;
  return connections.send({ ...request, ...(body && { body }) }, { moved, signal, ...how });
}

/** Answers `/N` with N bytes of a pattern that N chooses, or takes them. */
function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (request.method === "PUT") return takePattern(request, response);
  const size = Number(request.url?.slice(1));
  response.writeHead(request.headers["x-test"] === "yes" ? 200 : 400, { "content-length": size });
  response.end(patternBytes(size, size % 251));
}

/** Says with 201 that the body is the one that the path promises, and with 400 that it is not. */
function takePattern(request: http.IncomingMessage, response: http.ServerResponse): void {
  const pieces: Uint8Array[] = [];
  request.on("data", (piece: Uint8Array) => pieces.push(piece));
  request.on("end", () => {
    const size = Number(request.url?.slice(1));
    const intact = request.headers["content-length"] === String(size) && Buffer.concat(pieces).equals(patternBytes(size, size % 251));
    response.writeHead(intact ? 201 : 400, { "content-length": 0 }).end();
  });
}

const SIZES = [0, 1, 17_000, 65_536, 300_000, 3_000_000, 5_000_001, 12, 700_000];

/** Bodies of many sizes at once, every other one into shared memory with a guard behind it. */
async function exercise(port: number, scheme: string, connections: HttpConnections): Promise<void> {
  await Promise.all(
    SIZES.map(async (size, index) => {
      const memory = new Uint8Array(new SharedArrayBuffer(size + 64)).fill(0xee);
      const into = memory.subarray(0, size);
      const { head, bytes } = await ask(`${scheme}://127.0.0.1:${port}/${size}`, { connections, ...(index % 2 === 0 ? { into } : {}) });
      assert.equal(head.status, 200);
      assert.ok(Buffer.from(bytes ?? "x").equals(patternBytes(size, size % 251)), `${scheme} ${size}`);
      assert.equal(bytes?.buffer === memory.buffer, index % 2 === 0);
      assert.ok(
        memory.subarray(size).every((byte) => byte === 0xee),
        "nothing is written behind it",
      );
    }),
  );
}

test("bodies arrive where they are wanted, whole and apart, and connections are used again", async (context) => {
  const server = http.createServer(answer);
  const { port, opened } = await listen(context, server);
  const connections = new HttpConnections(systemClock);
  await exercise(port, "http", connections);
  await exercise(port, "http", connections);
  assert.equal(opened(), SIZES.length);
});

test("the same holds over TLS, whose certificate has to be trusted", async (context) => {
  const certificate = await makeCertificate(folder.path);
  if (certificate === undefined) return context.skip("there is no openssl to make a certificate with");
  const [cert, key] = await Promise.all([readFile(certificate.cert), readFile(certificate.key)]);
  const { port } = await listen(context, https.createServer({ cert, key }, answer));
  await assert.rejects(ask(`https://127.0.0.1:${port}/5`), { code: /SELF_SIGNED|UNABLE_TO/ });
  // What is trusted is decided when a program starts, so this needs one of its own.
  const sizes = SIZES.join(",");
  const said = await runProgram(["https", `${port}`, sizes], { NODE_EXTRA_CA_CERTS: certificate.cert });
  assert.deepEqual(said, { sizes, intact: true });
});

test("a head may come byte by byte", async (context) => {
  const { port } = await listen(
    context,
    rawServer(async (socket) => {
      for (const byte of Buffer.from('HTTP/1.1 206 Partial\r\nContent-Length: 4\r\nETag: "x"\r\n\r\nbody')) {
        socket.write(Uint8Array.of(byte));
        await pause(1);
      }
    }),
  );
  let moved = 0;
  const { head, bytes } = await ask(`http://127.0.0.1:${port}/`, { moved: () => (moved += 1) });
  assert.equal(head.headers.get("etag"), '"x"');
  assert.equal(Buffer.from(bytes ?? []).toString(), "body");
  assert.ok(moved > 4, "each piece is told of");
});

test("what has arrived is told while it can be seen, and not of memory that nobody has", async (context) => {
  const { port } = await listen(context, http.createServer(answer));
  const size = 5_000_001;
  const url = `http://127.0.0.1:${port}/${size}`;
  const expected = Buffer.from(patternBytes(size, size % 251));
  const into = new Uint8Array(new SharedArrayBuffer(size));
  let before = 0;
  const arrived = (count: number): void => {
    assert.ok(count >= before && count < size);
    assert.ok(Buffer.from(into.buffer, before, count - before).equals(expected.subarray(before, count)));
    before = count;
  };
  await ask(url, { into, arrived });
  assert.ok(before > 0);
  const { bytes } = await ask(url, { into: new Uint8Array(size - 1), arrived: () => assert.fail() });
  assert.ok(Buffer.from(bytes ?? []).equals(expected));
});

test("a connection that was closed while it was idle costs no request", async (context) => {
  const server = http.createServer({ keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 } as http.ServerOptions, answer);
  const { port, opened } = await listen(context, server);
  const connections = new HttpConnections(systemClock);
  for (const size of [5, 6, 7]) {
    const { bytes } = await ask(`http://127.0.0.1:${port}/${size}`, { connections });
    assert.equal(bytes?.length, size);
    await pause(30);
  }
  assert.ok(opened() > 1);
});

test("a connection that was idle for more than a minute is not used again", async (context) => {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, answer);
  const { port, opened } = await listen(context, server);
  const clock = new ManualClock();
  const connections = new HttpConnections(clock);
  for (const [waitMs, expected] of [
    [0, 1],
    [60_000, 1],
    [60_001, 2],
  ] as const) {
    await clock.sleep(waitMs);
    await ask(`http://127.0.0.1:${port}/9`, { connections });
    assert.equal(opened(), expected);
  }
});

test("a connection that closes on the next request is replaced by a new one", async (context) => {
  const { port } = await listen(
    context,
    rawServer((socket, count) => {
      if (count === 2) socket.destroy();
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }),
  );
  const connections = new HttpConnections(systemClock);
  const url = `http://127.0.0.1:${port}/`;
  await ask(url, { connections });
  assert.equal(Buffer.from((await ask(url, { connections })).bytes ?? []).toString(), "ok");
});

test("a server that closes every new connection is an error", async (context) => {
  const { port } = await listen(
    context,
    rawServer((socket) => socket.destroy()),
  );
  await assert.rejects(ask(`http://127.0.0.1:${port}/`), { code: "ECONNRESET" });
});

test("where nobody listens is an error", async (context) => {
  const server = net.createServer();
  const { port } = await listen(context, server);
  server.close();
  await once(server, "close");
  await assert.rejects(ask(`http://127.0.0.1:${port}/`), { code: "ECONNREFUSED" });
});

test("a body that breaks off is no body", async (context) => {
  const { port } = await listen(
    context,
    rawServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")),
  );
  const { head, bytes } = await ask(`http://127.0.0.1:${port}/`);
  assert.equal(head.status, 200);
  assert.equal(bytes, undefined);
});

test("a body in chunks is put together in memory of its own, and its connection used again", async (context) => {
  const whole = Buffer.from(patternBytes(3_000_000, 5));
  const server = http.createServer((_request, response) => {
    for (let at = 0; at < whole.length; at += 70_001) response.write(whole.subarray(at, at + 70_001));
    response.end();
  });
  const { port, opened } = await listen(context, server);
  const connections = new HttpConnections(systemClock);
  for (let count = 0; count < 2; count += 1) {
    const { head, bytes } = await ask(`http://127.0.0.1:${port}/`, { connections, arrived: () => assert.fail() });
    assert.equal(head.length, "chunked");
    assert.ok(whole.equals(bytes ?? new Uint8Array(0)));
  }
  assert.equal(opened(), 1);
});

test("a length that no memory holds is an error, and ends nothing else", async (context) => {
  const { port } = await listen(
    context,
    rawServer((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n")),
  );
  await assert.rejects(ask(`http://127.0.0.1:${port}/`), RangeError);
});

test("chunks that break off are no body", async (context) => {
  const { port } = await listen(
    context,
    rawServer((socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha")),
  );
  assert.equal((await ask(`http://127.0.0.1:${port}/`)).bytes, undefined);
});

test("bodies of many sizes are sent whole and apart, and each piece is told of", async (context) => {
  const server = http.createServer(takePattern);
  const { port, opened } = await listen(context, server);
  const connections = new HttpConnections(systemClock);
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(
      SIZES.map(async (size) => {
        let moved = 0;
        const body = patternBytes(size, size % 251);
        const { head } = await ask(`http://127.0.0.1:${port}/${size}`, { connections, body, moved: () => (moved += 1) });
        assert.equal(head.status, 201);
        assert.ok(moved >= size / 2 ** 18);
      }),
    );
  }
  assert.equal(opened(), SIZES.length);
});

test("a connection whose request was answered before it was sent is not used again", async (context) => {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
    });
  });
  const { port, opened } = await listen(context, server);
  const connections = new HttpConnections(systemClock);
  for (const expected of [1, 2]) {
    const { head, bytes } = await ask(`http://127.0.0.1:${port}/`, { connections, body: new Uint8Array(50_000_000) });
    assert.deepEqual([head.status, Buffer.from(bytes ?? []).toString()], [403, "no"]);
    assert.equal(opened(), expected);
  }
});

test("a request that is stopped reads no more from the caller's memory", async (context) => {
  let got = 0;
  let wrong = 0;
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.pause();
      socket.on("data", (bytes) => {
        got += bytes.length;
        wrong += bytes.filter((byte) => byte === 0xee).length;
      });
      setTimeout(() => socket.resume(), 100);
    });
  });
  const { port } = await listen(context, server);
  const stop = new AbortController();
  const body = new Uint8Array(50_000_000);
  const sending = ask(`http://127.0.0.1:${port}/`, { body, signal: stop.signal });
  await pause(30);
  stop.abort();
  await assert.rejects(sending, { name: "AbortError" });
  body.fill(0xee);
  await pause(200);
  assert.ok(got < body.length);
  assert.equal(wrong, 0);
});

for (const [what, text] of [
  ["in chunks that are none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok\r\n0\r\n\r\n"],
  ["in chunks and with a length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
  ["with more behind its last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nok"],
  ["without a length", "HTTP/1.1 200 OK\r\n\r\nok"],
  ["longer than promised", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok"],
  ["of another protocol", "SSH-2.0-server\r\n\r\n"],
  ["with an endless head", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(200_000)}`],
] as const)
  test(`an answer ${what} is left to another client`, async (context) => {
    const { port } = await listen(
      context,
      rawServer((socket) => socket.write(text)),
    );
    await assert.rejects(ask(`http://127.0.0.1:${port}/`), UnusualAnswer);
  });

test("a request that is stopped writes no more into the caller's memory", async (context) => {
  const { port } = await listen(
    context,
    rawServer(async (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
      while (!socket.destroyed) {
        socket.write(Buffer.alloc(10_000, 0xaa));
        await pause(1);
      }
    }),
  );
  const into = new Uint8Array(new SharedArrayBuffer(100_000_000));
  const stop = new AbortController();
  let pieces = 0;
  const moved = (): void => void ((pieces += 1) === 5 && setImmediate(() => stop.abort()));
  await assert.rejects(ask(`http://127.0.0.1:${port}/`, { into, signal: stop.signal, moved }), { name: "AbortError" });
  into.fill(0);
  await pause(50);
  assert.ok(into.every((byte) => byte === 0));
  await assert.rejects(ask(`http://127.0.0.1:${port}/`, { signal: stop.signal }), { name: "AbortError" });
});

test("what an idle connection says unasked is no answer to the next request", async (context) => {
  const { port } = await listen(
    context,
    rawServer(async (socket, count) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (count === 1 ? "ok" : "so"));
      if (count !== 1) return;
      await pause(10);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    }),
  );
  const connections = new HttpConnections(systemClock);
  const url = `http://127.0.0.1:${port}/`;
  await ask(url, { connections });
  await pause(50);
  assert.equal(Buffer.from((await ask(url, { connections })).bytes ?? []).toString(), "so");
});

test("a header that would end its line is refused", async () => {
  const request = { method: "GET", origin: new URL("http://127.0.0.1:1"), target: "/", headers: [["a", "b\r\nc: d"]] } as const;
  const how = { moved: () => undefined, signal: new AbortController().signal };
  await assert.rejects(new HttpConnections(systemClock).send(request, how), TypeError);
});

test("idle connections do not keep a program alive", async (context) => {
  const { port } = await listen(context, http.createServer(answer));
  assert.deepEqual(await runProgram(["http", `${port}`, "9"], {}), { sizes: "9", intact: true });
});
