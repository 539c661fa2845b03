import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckFinding, CheckRequest } from "../../maintenance/face.ts";
import { FakeContext } from "../fake-context.ts";
import type { FakeWorld } from "../fake-context.ts";
import { CHECK_SUMMARY, fakeRepository } from "../fake-repository.ts";
import { runCli } from "../run-cli.ts";
import { eventsOf, runFake } from "../run-fake.ts";

const FINDING: CheckFinding = {
  object: "packs/ab/abcd",
  problem: "damaged",
  message: "its bytes do not match its name",
  affected: ["aaaa:/x", "aaaa:/y"],
  affectedCount: 5,
};

function world(argv: readonly string[], findings: readonly CheckFinding[] = []): { world: FakeWorld; requests: CheckRequest[] } {
  const requests: CheckRequest[] = [];
  const check = async (_repository: unknown, request: CheckRequest) => (requests.push(request), { ...CHECK_SUMMARY, findings });
  return {
    requests,
    world: {
      argv: ["check", "--repo", "r", ...argv],
      repositories: { open: async () => fakeRepository().repository },
      operations: { check },
    },
  };
}

test("check reads nothing, all or a part of the data as asked", async () => {
  for (const [argv, readData] of [
    [[], "none"],
    [["--read-data"], "all"],
    [["--read-data-subset", "5%"], 0.05],
  ] as const) {
    const { world: given, requests } = world(argv);
    assert.equal((await runFake(given)).code, 0);
    assert.deepEqual(requests, [{ readData, threads: 2 }]);
  }
});

test("check refuses both ways of reading data at once", async () => {
  assert.equal((await runFake(world(["--read-data", "--read-data-subset", "5%"]).world)).code, 2);
});

test("check ends with 4 when it finds damage, naming object and lost paths", async () => {
  const { code, stdout, stderr } = await runFake(world([], [FINDING]).world);
  assert.equal(code, 4);
  assert.match(
    stdout,
    /^damaged: packs\/ab\/abcd: its bytes do not match its name\n {2}lost: aaaa:\/x\n {2}lost: aaaa:\/y\n {2}and 3 more paths\n1 finding: /,
  );
  assert.match(stderr, /E_DIFFERENCE/);
});

test("check writes findings, summary and exit as events", async () => {
  const events = await eventsOf(world([], [FINDING]).world);
  assert.deepEqual(
    events.map((event) => event.message_type),
    ["result", "summary", "exit_error"],
  );
  assert.ok(events[0]?.message_type === "result" && events[0].kind === "finding" && events[0].affected_count === 5);
});

test("check says when nothing is wrong, and nothing when quiet", async () => {
  assert.match((await runFake(world([]).world)).stdout, /^no damage found: 1 snapshot, 2 trees, 3 files, 4 packs, in 0:00\n$/);
  assert.equal((await runFake(world(["-q"]).world)).stdout, "");
});

test("check ends with 4 although nobody reads what it found", async () => {
  const context = new FakeContext(world([], [FINDING]).world);
  context.stdout.writesMax = 0;
  assert.equal(await runCli(context), 4);
});
