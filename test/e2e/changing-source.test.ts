import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { compareFacts } from "../support/compare-trees.ts";
import { RestoreWorld } from "../support/restore-world.ts";
import { restlessProblem } from "../support/restless-writer.ts";
import { itemErrorsOf, showsStack, summaryOf, VarveProgram } from "../support/varve-program.ts";

const ROUNDS = 5;
const ALLOWED = new Set(["E_SOURCE_CHANGED", "E_SOURCE_READ"]);

/** Starts the writer and waits until there is something to save. */
async function startWriter(folder: string): Promise<{ readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../support/restless-writer.ts", import.meta.url)), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  await once(child.stdout, "data");
  return {
    stop: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Every file below a folder, read whole. */
function filesBelow(folder: string): readonly { readonly path: string; readonly name: string; readonly content: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map(({ name, parentPath }) => ({
      path: `${parentPath}/${name}`.slice(folder.length + 1),
      name,
      content: readFileSync(`${parentPath}/${name}`),
    }));
}

test("varve saves each file of a folder in motion in one of its whole states, or says that it could not", async (context: TestContext) => {
  await using world = await RestoreWorld.make();
  const source = `${world.source}/folder`;
  mkdirSync(source);
  const varve = new VarveProgram(`${world.path}/home`, { VARVE_REPOSITORY: `${world.path}/repository` });
  const writer = await startWriter(source);
  let saved = 0;
  let reported = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = await varve.run("backup", source, "--json");
      const problems = itemErrorsOf(run);
      assert.equal(run.code, problems.length === 0 ? 0 : 3, run.stderr);
      assert.ok(!showsStack(run.stderr) && problems.every((line) => ALLOWED.has(line.split(" ").at(-1) ?? "")), problems.join("\n"));
      const named = new Set(problems.map((line) => line.replace(/ \w+$/, "")));
      const outcome = await world.restore({ snapshot: String(summaryOf(run)["snapshot"]), verify: true });
      assert.deepEqual(outcome.list, []);
      for (const { path, name, content } of filesBelow(world.target)) {
        const problem = restlessProblem(name, content);
        assert.ok(
          problem === undefined || [...named].some((one) => one.endsWith(path)),
          `${path} ${problem ?? ""} in round ${round}, and was not reported`,
        );
        saved += 1;
      }
      reported += problems.length;
      rmSync(world.target, { recursive: true });
      world.nextTarget();
    }
  } finally {
    await writer.stop();
  }
  context.diagnostic(`${saved} files in whole states, ${reported} problems reported`);
  assert.ok(saved > 20);
  await varve.succeed("backup", source);
  await varve.succeed("check", "--read-data");
  await world.restore();
  assert.deepEqual(compareFacts(source, world.target), []);
});
