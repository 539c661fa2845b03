import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { compareFacts } from "../../test/support/compare-trees.ts";
import { readTree, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";

const MIB = 1024 * 1024;
const random = seededRandom(5);

function aborted(): AppError {
  return new AppError({ code: "E_ABORTED", what: "interrupted" });
}

describe("runRestore() that was interrupted", () => {
  for (const threads of [0, 2]) {
    test(`is continued by running it again, with ${threads} threads`, async () => {
      await using world = await RestoreWorld.make();
      const small = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`folder-${at % 7}/small-${at}`, `content ${at}`]));
      writeTree(world.source, { ...small, large: random.bytes(40 * MIB), "folder-1/large": random.bytes(36 * MIB) });
      await world.backup();
      const stop = new AbortController();
      let items = 0;
      const interrupted = world.restore({ threads }, { signal: stop.signal, onItem: () => (items += 1) === 100 && stop.abort(aborted()) });
      await assert.rejects(interrupted, (error) => isAppError(error, "E_ABORTED"));
      const outcome = await world.restore({ threads, verify: true });
      assert.deepEqual(outcome.list, []);
      assert.deepEqual(compareFacts(world.source, world.target), []);
      assert.equal(outcome.filesRestored + outcome.filesUnchanged, 302);
      assert.ok(outcome.filesUnchanged >= 90, `${outcome.filesUnchanged} files were not written again`);
    });
  }

  test("before it began makes nothing", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { a: "a" });
    await world.backup();
    await assert.rejects(world.restore({}, { signal: AbortSignal.abort(aborted()) }), (error) => isAppError(error, "E_ABORTED"));
    assert.deepEqual(readTree(world.target), {});
  });
});

describe("runRestore() with --verify", () => {
  test("finds a file that was altered behind its back, whatever was altered", async () => {
    const alterations: Readonly<Record<string, (file: string) => void>> = {
      content: (file) => writeFileSync(file, "xxxxxxx"),
      "a longer one": (file) => writeFileSync(file, "content and more"),
      "cut short": (file) => writeFileSync(file, "con"),
    };
    for (const [what, alter] of Object.entries(alterations)) {
      await using world = await RestoreWorld.make();
      writeTree(world.source, { a: "content", b: "another" });
      await world.backup();
      const outcome = await world.restore({ verify: true }, { onItem: (item) => item === "restored a" && alter(`${world.target}/a`) });
      assert.deepEqual(
        outcome.list.map(({ path, code }) => [path, code]),
        [["a", "E_TARGET"]],
        what,
      );
      assert.equal(outcome.filesVerified, 1);
    }
  });

  test("verifies unchanged, empty and sparse files as well", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { a: "content", empty: "" });
    await world.backup();
    await world.restore();
    const outcome = await world.restore({ verify: true });
    assert.deepEqual([outcome.filesUnchanged, outcome.filesVerified, outcome.list], [2, 2, []]);
  });
});

test("runRestore() leaves no files of its own making beside the restored ones", async () => {
  await using world = await RestoreWorld.make();
  writeTree(world.source, { a: "content", "b/c": "another" });
  await world.backup();
  await world.restore();
  writeFileSync(`${world.target}/a`, "changed");
  await world.restore({ overwrite: "always" });
  assert.deepEqual(Object.keys(readTree(world.target)).toSorted(), ["a", "b", "b/c"]);
  assert.equal(statSync(`${world.target}/a`).size, 7);
});
