import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_FAULTS } from "../faults/fault-settings.ts";
import { DEFAULT_KEY } from "../server.ts";
import { HELP, parseCommand, type ServerOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

function serve(...args: readonly string[]): ServerOptions {
  const command = parseCommand(args);
  assert.equal(command.kind, "serve");
  return command.kind === "serve" ? command.options : assert.fail();
}

test("parseCommand() serves a folder as Azurite would", () => {
  assert.deepEqual(serve("--location", "dir"), {
    source: { location: "dir" },
    host: "127.0.0.1",
    port: 10_004,
    account: "devstoreaccount1",
    key: DEFAULT_KEY,
    bearer: "refused",
    tls: undefined,
    faults: NO_FAULTS,
    log: undefined,
    silent: false,
    shares: [],
  });
});

test("parseCommand() takes each option", () => {
  const options = serve(
    ..."-l d --port 0 --host ::1 --account abc --key QUJD --share a1b --share c2d --bearer --log f.ndjson -s".split(" "),
  );
  const { port, host, account, key, shares, bearer, log, silent } = options;
  assert.deepEqual(
    [port, host, account, key, shares, bearer, log, silent],
    [0, "::1", "abc", "QUJD", ["a1b", "c2d"], "open", "f.ndjson", true],
  );
  const { source } = serve("--synthetic", "files=5,dirs=2");
  assert.ok("synthetic" in source && source.synthetic.files === 5);
});

test("parseCommand() knows help and version beside anything else", () => {
  assert.equal(parseCommand(["--help", "--port", "x"]).kind, "help");
  assert.equal(parseCommand(["-v"]).kind, "version");
});

test("parseCommand() makes faults of single flags", () => {
  const { faults } = serve(
    ..."-l d --throttle-requests 50 --throttle-bytes 1e6 --throttle-status 429".replace("1e6", "1000000").split(" "),
  );
  assert.deepEqual(faults.throttle, { requestsPerSecond: 50, bytesPerSecond: 1_000_000, burstSeconds: 1, status: 429 });
  const more = serve(..."-l d --latency 5-20 --errors .1 --reset 0.2 --truncate 0.3 --shorten 0.4 --fault-seed 9".split(" ")).faults;
  assert.deepEqual([more.seed, more.latency?.msMin, more.latency?.msMax, more.errors[0]?.rate], [9, 5, 20, 0.1]);
  assert.deepEqual(
    more.cuts.map(({ kind, rate }) => [kind, rate]),
    [
      ["reset", 0.2],
      ["truncate", 0.3],
      ["shorten", 0.4],
    ],
  );
});

test("parseCommand() puts single flags on top of --faults", () => {
  const json = '{"seed":3,"throttle":{"requestsPerSecond":5,"status":429},"cuts":[{"kind":"reset","operations":["GetFile"]}]}';
  const { faults } = serve("-l", "d", "--faults", json, "--throttle-bytes", "10", "--truncate", "1");
  assert.deepEqual(
    [faults.seed, faults.throttle?.requestsPerSecond, faults.throttle?.bytesPerSecond, faults.throttle?.status],
    [3, 5, 10, 429],
  );
  assert.deepEqual(
    faults.cuts.map(({ kind, operations }) => [kind, operations]),
    [
      ["reset", ["GetFile"]],
      ["truncate", undefined],
    ],
  );
});

test("parseCommand() says what is wrong, why and what to do", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /nothing to serve/],
    ["-l a --synthetic files=1", /do not go together/],
    ["--synthetic files=x", /--synthetic cannot be read/],
    ["--synthetic files=1 --share abc", /do not go together/],
    ["-l a --port 99999", /--port 99999 is no port/],
    ["-l a --port 1x", /--port 1x is no port/],
    ["-l a --account X", /--account X is no account name/],
    ["-l a --key !", /--key is no key/],
    ["-l a --cert c.pem", /--cert and --cert-key go together/],
    ["-l a --nope", /cannot be read/],
    ["-l a b", /cannot be read/],
    ["-l a --latency x", /--latency x is no time/],
    ["-l a --reset x", /--reset x is no number/],
    ["-l a --reset 2", /faults cannot be read/],
    ["-l a --throttle-status 500", /faults cannot be read/],
    ["-l a --faults {", /faults cannot be read/],
    ["-l a --latency 20-5", /faults cannot be read/],
  ];
  for (const [line, message] of wrong) {
    const args = line.split(" ").filter((arg) => arg !== "");
    const isRight = (error: unknown): boolean =>
      error instanceof UsageError && message.test(error.message) && error.why !== "" && error.hint !== "";
    assert.throws(() => parseCommand(args), isRight, line);
  }
});

test("HELP names every flag and no other", () => {
  const named = new Set(HELP.match(/--[a-z][a-z-]*/g));
  for (const flag of [
    "location",
    "synthetic",
    "port",
    "host",
    "account",
    "key",
    "share",
    "bearer",
    "cert",
    "cert-key",
    "log",
    "silent",
    "help",
    "version",
  ])
    assert.ok(named.delete(`--${flag}`), flag);
  for (const flag of [
    "throttle-requests",
    "throttle-bytes",
    "throttle-status",
    "latency",
    "errors",
    "reset",
    "truncate",
    "shorten",
    "fault-seed",
    "faults",
  ])
    assert.ok(named.delete(`--${flag}`), flag);
  assert.deepEqual([...named], []);
});
