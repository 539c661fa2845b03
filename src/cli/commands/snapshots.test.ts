import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeRepository, fakeSnapshot } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";
import type { FakeWorld } from "../fake-context.ts";

const SNAPSHOTS = [
  fakeSnapshot("a", { host: "web", tags: ["x"] }),
  fakeSnapshot("b", { host: "web", paths: ["/etc"] }),
  fakeSnapshot("c", { host: "web", issueCount: 2 }),
  fakeSnapshot("d", { host: "mail", tags: ["x", "y"] }),
];

function world(...argv: string[]): FakeWorld {
  return {
    argv: ["snapshots", "--repo", "r", ...argv],
    repositories: { open: async () => fakeRepository({ snapshots: SNAPSHOTS }).repository },
  };
}

async function idsOf(...argv: string[]): Promise<string> {
  const events = await eventsOf(world(...argv));
  return events.map((event) => (event.message_type === "result" && event.kind === "snapshot" ? event.id.charAt(0) : "?")).join("");
}

test("snapshots filters by host, tag and path", async () => {
  assert.equal(await idsOf(), "abcd");
  assert.equal(await idsOf("--host", "web"), "abc");
  assert.equal(await idsOf("--tag", "x"), "ad");
  assert.equal(await idsOf("--path", "/etc/"), "b");
  assert.equal(await idsOf("--host", "web", "--tag", "y"), "");
});

test("snapshots --latest keeps the newest of each host and set of paths", async () => {
  assert.equal(await idsOf("--latest", "1"), "bcd");
  assert.equal(await idsOf("--latest", "2"), "abcd");
});

test("snapshots prints a table with short ids and notes problems", async () => {
  const { stdout } = await runFake(world("--host", "web"));
  const lines = stdout.split("\n");
  assert.match(lines[0] ?? "", /^ID +Time +Host +Tags +Files +Size +Added +Paths$/);
  assert.match(lines[1] ?? "", /^aaaaaaaa +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +web +x +12,345 +4\.7 GiB +500 B +\/home\/ann$/);
  assert.match(lines[3] ?? "", /\/home\/ann \(2 problems\)$/);
  assert.equal(lines[4], "3 snapshots");
});

test("snapshots gives times to the nanosecond with --json", async () => {
  const [event] = await eventsOf(world());
  assert.ok(event?.message_type === "result" && event.kind === "snapshot");
  assert.equal(event.started, "2023-11-14T22:13:20.000000001Z");
});
