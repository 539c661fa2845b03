import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { byteStringOf } from "../../shared/bytes.ts";
import { seededRandom, systemRandom } from "../../shared/random.ts";
import { TempNames, tempNameState } from "./temp-names.ts";

test("next() never repeats, and its names are this process's own", () => {
  const names = new TempNames(systemRandom);
  const made = Array.from({ length: 100 }, () => names.next());
  assert.equal(new Set(made).size, 100);
  assert.ok(made.every((name) => name.length <= 60 && tempNameState(name) === "own"));
});

test("tempNameState() calls the names of a process that has ended leftovers", async () => {
  const script = `import { TempNames } from ${JSON.stringify(import.meta.resolve("./temp-names.ts"))};
    import { systemRandom } from ${JSON.stringify(import.meta.resolve("../../shared/random.ts"))};
    process.stdout.write(new TempNames(systemRandom).next() + "\\n"); process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const name = byteStringOf(line.toString().trim());
  assert.equal(tempNameState(name), "own");
  child.stdin.end();
  await once(child, "exit");
  assert.equal(tempNameState(name), "leftover");
});

test("tempNameState() sees that a process number was given to somebody else", () => {
  const own = new TempNames(seededRandom(1)).next();
  const [, pid = "", start = "", random = ""] = /(\d+)-(\d+)-([0-9a-f]+)$/.exec(own) ?? [];
  assert.equal(tempNameState(byteStringOf(`.varve-restore-${pid}-${BigInt(start) - 1n}-${random}`)), "leftover");
});

test("tempNameState() leaves names that only begin alike to their owners", () => {
  for (const text of [
    "file",
    ".varve-restore-",
    ".varve-restore-1-2-xyz",
    ".varve-restore-1-2-0123456789abcdef.txt",
    "a.varve-restore-1-2-0123456789abcdef",
  ]) {
    assert.equal(tempNameState(byteStringOf(text)), "ordinary", text);
  }
});
