import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeWorld } from "../fake-context.ts";
import { eventsOf, runFake } from "../run-fake.ts";
import type { InitRequest } from "../services.ts";

const KEY = "AAAA-BBBB-CCCC";

function world(argv: readonly string[], rest: Partial<FakeWorld> = {}): { world: FakeWorld; requests: InitRequest[] } {
  const requests: InitRequest[] = [];
  const repositories: FakeWorld["repositories"] = {
    describe: async (place) => `folder ${place.location}`,
    init: async (request) => (
      requests.push(request),
      { repositoryId: "id", recoveryKey: request.password === undefined ? undefined : KEY }
    ),
  };
  return { requests, world: { argv: ["init", ...argv], repositories, ...rest } };
}

test("init makes a repository and tells to write the recovery key down", async () => {
  const { world: given, requests } = world(["./repo"], { env: { VARVE_PASSWORD: "pw" } });
  const { code, stdout } = await runFake(given);
  assert.equal(code, 0);
  assert.deepEqual([requests[0]?.place.location, requests[0]?.password, requests[0]?.label], ["./repo", "pw", "ann@testhost"]);
  assert.match(stdout, /^repository id made in folder \.\/repo\n/);
  assert.match(stdout, /WRITE THIS DOWN[\s\S]*AAAA-BBBB-CCCC/);
});

test("init takes the place from --repo or the environment too, and refuses two", async () => {
  const byFlag = world(["--repo", "x"], { env: { VARVE_PASSWORD: "pw" } });
  await runFake(byFlag.world);
  const byEnvironment = world([], { env: { VARVE_PASSWORD: "pw", VARVE_REPOSITORY: "y" } });
  await runFake(byEnvironment.world);
  const both = world(["z"], { env: { VARVE_PASSWORD: "pw", VARVE_REPOSITORY: "y" } });
  await runFake(both.world);
  assert.deepEqual(
    [byFlag, byEnvironment, both].map(({ requests }) => requests[0]?.place.location),
    ["x", "y", "z"],
  );
  assert.equal((await runFake(world(["a", "--repo", "b"]).world)).code, 2);
  assert.equal((await runFake(world([]).world)).code, 2);
});

test("init asks for the password twice at a terminal and never elsewhere", async () => {
  const asked = world(["x"], { typed: ["pw", "pw"] });
  assert.equal((await runFake(asked.world)).code, 0);
  assert.equal(asked.requests[0]?.password, "pw");
  for (const [rest, code] of [
    [{ typed: ["pw", "other"] }, 2],
    [{ typed: ["^C"] }, 130],
    [{}, 12],
  ] as const) {
    const refused = world(["x"], rest);
    const { code: ended, stderr } = await runFake(refused.world);
    assert.equal(ended, code);
    assert.equal(refused.requests.length, 0);
    assert.doesNotMatch(stderr, /\bpw\b/);
  }
});

test("init --no-password makes a plain repository and has no recovery key to show", async () => {
  const { world: given, requests } = world(["x", "--no-password"], { env: { VARVE_PASSWORD: "ignored" } });
  const { stdout } = await runFake(given);
  assert.equal(requests[0]?.password, undefined);
  assert.doesNotMatch(stdout, /WRITE/);
});

test("init writes its result as one event", async () => {
  const [event, ...others] = await eventsOf(world(["x"], { env: { VARVE_PASSWORD: "pw" } }).world);
  assert.ok(event?.message_type === "result" && event.kind === "repository");
  assert.deepEqual([event.repository_id, event.recovery_key, event.encrypted, others.length], ["id", KEY, true, 0]);
});
