import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODES } from "../shared/error-codes.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { AppError } from "../shared/errors.ts";
import { eventsIn } from "./event-check.ts";
import { FakeContext } from "./fake-context.ts";
import type { FakeWorld } from "./fake-context.ts";
import { BACKUP_SUMMARY, fakeEntry, fakeRepository } from "./fake-repository.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { runCli } from "./run-cli.ts";
import type { OperationServices } from "./services.ts";

const BACKUP = ["backup", "/a", "--repo", "r"];

async function run(world: FakeWorld): Promise<{ code: number; context: FakeContext }> {
  const context = new FakeContext(world);
  const code = await runCli(context);
  assert.equal(context.leftovers, 0, "timers and signal handlers are taken back");
  return { code, context };
}

/** A backup that waits until it is told to stop, and then fails as `onAbort` says. */
function waitingBackup(onAbort: (signal: AbortSignal) => Error): OperationServices["backup"] {
  return (_repository, _request, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(onAbort(signal))));
}

async function interrupted(signal: "SIGINT" | "SIGTERM", onAbort: (signal: AbortSignal) => Error, argv: readonly string[] = BACKUP) {
  const context = new FakeContext({
    argv,
    repositories: { open: async () => fakeRepository().repository },
    operations: { backup: waitingBackup(onAbort) },
  });
  const ended = runCli(context);
  // The command is loaded before it runs and listens.
  for (let turn = 0; turn < 200 && context.leftovers < 3; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  context.signal(signal);
  return { code: await ended, context };
}

test("runCli() ends with the exit code of the error and shows it in three lines", async () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const open = (): never => {
      throw new AppError({ code, what: "it failed", why: "because", hint: "do this" });
    };
    const ended = await run({ argv: ["stats", "--repo", "r"], repositories: { open } });
    assert.equal(ended.code, ERROR_CODES[code].exitCode, code);
    assert.deepEqual(ended.context.stderr.lines, [`error: it failed [${code}]`, "why:   because", "hint:  do this"]);
    assert.equal(ended.context.stdout.text, "");
  }
});

test("runCli() writes the error as the last event with --json, and nothing to stderr", async () => {
  const open = (): never => {
    throw new AppError({ code: "E_REPO_NOT_FOUND", what: "no", data: { path: "r" } });
  };
  for (const world of [{ argv: ["stats", "--repo", "r", "--json"] }, { argv: ["stats", "--repo", "r"], env: { VARVE_JSON: "1" } }]) {
    const { code, context } = await run({ ...world, repositories: { open } });
    assert.equal(code, 10);
    const event = eventsIn(context.stdout.text).at(-1);
    assert.ok(event?.message_type === "exit_error" && event.exit_code === 10 && event.code === "E_REPO_NOT_FOUND");
    assert.equal(context.stderr.text, "");
  }
});

test("runCli() writes usage errors as events too when --json stands anywhere", async () => {
  const { code, context } = await run({ argv: ["bakcup", "--json"] });
  assert.equal(code, 2);
  assert.ok(eventsIn(context.stdout.text).at(-1)?.message_type === "exit_error");
});

test("runCli() shows a stack only with --debug, and takes anything unknown for a defect", async () => {
  const open = (): never => {
    throw new TypeError("x is not a function", { cause: new Error("inner") });
  };
  const plain = await run({ argv: ["stats", "--repo", "r"], repositories: { open } });
  assert.equal(plain.code, 1);
  assert.match(plain.context.stderr.text, /\[E_INTERNAL\]/);
  assert.doesNotMatch(plain.context.stderr.text, /\.ts:\d/);
  const debug = await run({ argv: ["stats", "--repo", "r", "--debug"], repositories: { open } });
  assert.match(debug.context.stderr.text, /TypeError: x is not a function[\s\S]*caused by Error: inner/);
});

test("runCli() refuses an environment value that is not valid", async () => {
  const { code, context } = await run({ argv: BACKUP, env: { VARVE_THREADS: "lots" } });
  assert.equal(code, 2);
  assert.match(context.stderr.text, /VARVE_THREADS cannot be 'lots' \[E_USAGE\]/);
});

test("runCli() ends quietly when the reader of stdout leaves", async () => {
  let made = 0;
  async function* list() {
    for (; ; made += 1) yield { path: byteStringOf("x".repeat(1000)), entry: fakeEntry("x") };
  }
  const context = new FakeContext({
    argv: ["ls", "latest", "--repo", "r"],
    repositories: { open: async () => fakeRepository().repository },
    trees: { list },
  });
  context.stdout.writesMax = 2;
  assert.equal(await runCli(context), 0);
  assert.equal(context.stderr.text, "");
  assert.ok(made < 1000);
});

test("runCli() finishes a backup although nobody reads its events any more", async () => {
  let finished = false;
  const backup: OperationServices["backup"] = async (_repository, _request, { reporter }) => {
    for (let at = 0; at < 100; at += 1) reporter.item({ action: "new", path: "/a", size: 1 });
    finished = true;
    return BACKUP_SUMMARY;
  };
  const context = new FakeContext({
    argv: [...BACKUP, "--json", "-v"],
    repositories: { open: async () => fakeRepository().repository },
    operations: { backup },
  });
  context.stdout.writesMax = 1;
  assert.equal(await runCli(context), 0);
  assert.ok(finished);
});

test("runCli() stops the work at the first SIGINT with 130, at SIGTERM with 143", async () => {
  for (const [name, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const { code, context } = await interrupted(name, (signal) => signal.reason as Error);
    assert.equal(code, expected);
    assert.match(context.stderr.text, /stopping; once more to leave at once\nerror: interrupted \[E_ABORTED\]/);
    assert.deepEqual(context.exits, []);
  }
});

test("runCli() takes the interruption for the cause, whatever the work fails with", async () => {
  const { code, context } = await interrupted("SIGINT", () => new AppError({ code: "E_STORE_UNAVAILABLE", what: "socket closed" }));
  assert.equal(code, 130);
  assert.doesNotMatch(context.stderr.text, /socket closed/);
});

test("runCli() tells an interruption by events with --json", async () => {
  const { context } = await interrupted("SIGTERM", (signal) => signal.reason as Error, [...BACKUP, "--json"]);
  const events = eventsIn(context.stdout.text);
  assert.deepEqual(
    events.map((event) => event.message_type),
    ["warning", "exit_error"],
  );
  assert.ok(events.some((event) => event.message_type === "exit_error" && event.exit_code === 143));
});

test("runCli() leaves at once at the second signal", async () => {
  const context = new FakeContext({ argv: BACKUP, repositories: { open: () => new Promise(() => undefined) } });
  void runCli(context);
  context.signal("SIGINT");
  assert.deepEqual(context.exits, []);
  context.signal("SIGINT");
  assert.deepEqual(context.exits, [130]);
});

test("runCli() does not wait for a listing that hangs when it is interrupted", async () => {
  const context = new FakeContext({ argv: ["stats", "--repo", "r"], repositories: { open: () => new Promise(() => undefined) } });
  const ended = runCli(context);
  context.signal("SIGINT");
  assert.equal(await ended, 130);
});
