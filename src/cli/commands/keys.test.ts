import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { KeySlotInfo } from "../../repository/face.ts";
import type { FakeWorld } from "../fake-context.ts";
import { fakeRepository } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";

// key list, add, remove and passwd.

const folder = mkdtempSync(join(tmpdir(), "varve-keys-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "new"), "from file\n");

const SLOTS: readonly KeySlotInfo[] = [
  { slot: "abc1", kind: "passphrase", createdNs: 1_700_000_000_000_000_000n, label: "ann@web", current: true },
  { slot: "abd2", kind: "recovery", createdNs: 1_700_000_000_000_000_000n, label: "recovery key", current: false },
];

function world(argv: readonly string[], rest: Partial<FakeWorld> = {}): { world: FakeWorld; calls: string[] } {
  const { repository, calls } = fakeRepository({ slots: SLOTS });
  return { calls, world: { argv: ["key", ...argv, "--repo", "r"], cwd: folder, repositories: { open: async () => repository }, ...rest } };
}

test("key list marks the slot in use", async () => {
  const { stdout } = await runFake(world(["list"]).world);
  assert.match(stdout, /^ +Slot +Kind +Made +Label\n\* {2}abc1 +passphrase +\S+ \S+ +ann@web\n {3}abd2 +recovery/);
  const events = await eventsOf(world(["list"]).world);
  assert.deepEqual(
    events.map((event) => event.message_type === "result" && event.kind === "key" && event.slot),
    ["abc1", "abd2"],
  );
});

test("key add takes the new password from a file, a command, the environment or the keyboard", async () => {
  const cases: [string[], Partial<FakeWorld>, string][] = [
    [["--new-password-file", "new"], {}, "from file"],
    [["--new-password-command", "printf '%s' 'from command'"], { env: { PATH: process.env["PATH"] } }, "from command"],
    [[], { env: { VARVE_NEW_PASSWORD: "from environment" } }, "from environment"],
    [[], { typed: ["from keyboard", "from keyboard"] }, "from keyboard"],
  ];
  for (const [argv, rest, password] of cases) {
    const { world: given, calls } = world(["add", ...argv], rest);
    const { code, stdout } = await runFake(given);
    assert.equal(code, 0);
    assert.deepEqual(calls, [`add ${password} ann@testhost`, "close"]);
    assert.equal(stdout, "key slot1 added\n");
  }
});

test("key add refuses when nobody can be asked, the two differ, or both flags are given", async () => {
  for (const [argv, rest, code] of [
    [[], {}, 12],
    [[], { typed: ["one", "two"] }, 2],
    [[], { typed: [""] }, 12],
    [["--new-password-file", "new", "--new-password-command", "x"], {}, 2],
  ] as const) {
    const { world: given, calls } = world(["add", ...argv], rest);
    assert.equal((await runFake(given)).code, code);
    assert.deepEqual(calls, ["close"]);
  }
});

test("key passwd replaces the password with a label of one's own", async () => {
  const { world: given, calls } = world(["passwd", "--label", "night"], { env: { VARVE_NEW_PASSWORD: "n" } });
  const events = await eventsOf(given);
  assert.deepEqual(calls, ["passwd n night", "close"]);
  assert.ok(events[0]?.message_type === "result" && events[0].kind === "key" && events[0].state === "added");
});

test("key remove takes the start of a slot when only one fits", async () => {
  const { world: given, calls } = world(["remove", "abd"]);
  assert.equal((await runFake(given)).stdout, "key abd2 removed\n");
  assert.deepEqual(calls, ["remove abd2", "close"]);
  for (const text of ["ab", "x", ""]) {
    const refused = world(["remove", text]);
    assert.equal((await runFake(refused.world)).code, 5);
    assert.deepEqual(refused.calls, ["close"]);
  }
});
