import assert from "node:assert/strict";
import { test } from "node:test";
import { isTest, roomOf } from "./import-rules.ts";
import { projectFacts } from "./project.ts";
import { readSample, type SourceFacts } from "./syntax.ts";

/** The rooms that hand time, randomness, environment and output to all others. */
const HOMES = ["shared", "config", "cli"];

/** The emulator's own. */
const EMULATOR_HOMES = ["emulator/src/cli/", "emulator/src/server.ts"];

const CLOCK = [
  "Date.now",
  "new Date()",
  "performance.now",
  "process.hrtime",
  "process.uptime",
  "setTimeout",
  "setInterval",
  "setImmediate",
];
const RANDOMNESS = ["Math.random", "randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID", "getRandomValues"];
const ENVIRONMENT = ["process.env", "process.argv", "process.exit", "process.exitCode"];
const OUTPUT = ["process.stdin", "process.stdout", "process.stderr", "console"];
const BANNED: ReadonlySet<string> = new Set([...CLOCK, ...RANDOMNESS, ...ENVIRONMENT, ...OUTPUT]);

/** Uses of clock, timers, randomness, environment and output where they have to be passed in, as `file:line name`. */
function bannedUses(files: readonly SourceFacts[]): readonly string[] {
  const found = new Set<string>();
  for (const { path, uses } of files) {
    if (mayTake(path)) continue;
    for (const { what, line } of uses) {
      const name = what.replace(/^(globalThis|crypto|webcrypto|timers)?\./, "");
      if (BANNED.has(what) || BANNED.has(name)) found.add(`${path}:${line} ${name}`);
    }
  }
  return [...found];
}

function mayTake(path: string): boolean {
  if (isTest(path)) return true;
  if (path.startsWith("emulator/src/")) return EMULATOR_HOMES.some((home) => path.startsWith(home));
  return roomOf(path) === "" || HOMES.includes(roomOf(path));
}

test("time, randomness, environment and output are passed in, never taken", () => {
  assert.deepEqual(bannedUses(projectFacts()), []);
});

test("bannedUses() finds globals, members of globals and imported names", () => {
  const text = `
    import { randomBytes as fresh } from "node:crypto";
    import * as crypto from "node:crypto";
    export const at = Date.now(), day = new Date(), same = new Date(5);
    setTimeout(() => console.log(process.env["HOME"]), 1);
    globalThis.setInterval(() => crypto.randomUUID(), 1);
  `;
  assert.deepEqual(bannedUses(readSample({ "emulator/src/faults/faults.ts": "setTimeout(run, 1);" })), [
    "emulator/src/faults/faults.ts:1 setTimeout",
  ]);
  assert.deepEqual(bannedUses(readSample({ "src/archiver/lane.ts": text })), [
    "src/archiver/lane.ts:2 randomBytes",
    "src/archiver/lane.ts:4 Date.now",
    "src/archiver/lane.ts:4 new Date()",
    "src/archiver/lane.ts:5 setTimeout",
    "src/archiver/lane.ts:5 console",
    "src/archiver/lane.ts:5 process.env",
    "src/archiver/lane.ts:6 setInterval",
    "src/archiver/lane.ts:6 randomUUID",
  ]);
});

test("bannedUses() lets homes, tests and members of the same name be", () => {
  const taken = "setTimeout(() => console.log(Date.now()), 1);";
  const files = readSample({
    "src/cli/main.ts": taken,
    "src/shared/clock.ts": taken,
    "src/archiver/lane.test.ts": taken,
    "emulator/src/server.ts": taken,
    "emulator/test/support/azcopy.ts": taken,
    "tools/demo.ts": taken,
    "src/archiver/lane.ts":
      "interface Timer { setTimeout(ms: number): void }\nexport const use = (clock: Timer): void => clock.setTimeout(1);",
  });
  assert.deepEqual(bannedUses(files), []);
});
