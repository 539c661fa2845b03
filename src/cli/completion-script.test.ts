import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { COMMAND_GROUPS, loadAllCommands } from "./command-list.ts";
import { completionScript } from "./completion-script.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";

const source = { commands: await loadAllCommands(), groups: COMMAND_GROUPS };
const bash = completionScript("bash", source);

/** What bash would offer for the last of `words`. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${bash}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _varve; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8", cwd: "/" }).trim().split("\n");
}

test("completionScript() for bash offers commands, and the verbs of a noun", () => {
  assert.deepEqual(offered("varve", "sn"), ["snapshots"]);
  assert.deepEqual(offered("varve", "c").toSorted(), ["cat", "catalog", "check", "completion", "config"]);
  assert.deepEqual(offered("varve", "key", "").toSorted(), ["add", "list", "passwd", "remove"]);
  assert.deepEqual(offered("varve", "--repo", "x", "res"), ["restore"]);
});

test("completionScript() for bash offers flags and fixed values", () => {
  assert.deepEqual(offered("varve", "backup", "--exclude-"), [
    "--exclude-file",
    "--exclude-caches",
    "--exclude-if-present",
    "--exclude-larger-than",
  ]);
  assert.deepEqual(offered("varve", "restore", "--overwrite", "s"), ["skip"]);
  assert.deepEqual(offered("varve", "completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(offered("varve", "key", "add", "--new-password-f"), ["--new-password-file"]);
});

test("completionScript() for bash offers files for paths and nothing for free text", () => {
  assert.deepEqual(offered("varve", "backup", "/et"), ["/etc"]);
  assert.deepEqual(offered("varve", "stats", "--config", "/et"), ["/etc"]);
  assert.deepEqual(offered("varve", "backup", "--tag", ""), [""]);
});

test("completionScript() names every command and flag for each shell", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const script = completionScript(shell, source);
    for (const command of source.commands) {
      for (const word of command.name.split(" ")) assert.ok(script.includes(word), `${shell} ${word}`);
      for (const flag of [...Object.values(command.flags), ...Object.values(GLOBAL_FLAGS)])
        assert.ok(script.includes(flag.long), `${shell} ${flag.long}`);
    }
  }
});

test("completionScript() quotes what shells would take for their own", () => {
  const [command] = source.commands;
  assert.ok(command !== undefined);
  const odd = { commands: [{ ...command, summary: "it's [odd]: yes" }], groups: {} };
  assert.ok(completionScript("zsh", odd).includes("it'\\''s \\[odd\\]\\: yes"));
  assert.ok(completionScript("fish", odd).includes("'it\\'s [odd]: yes'"));
});
