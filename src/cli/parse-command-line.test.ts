import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppError } from "../shared/errors.ts";
import { isAppError } from "../shared/errors.ts";
import { COMMAND_LOADERS, loadAllCommands } from "./command-list.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { parseCommandLine } from "./parse-command-line.ts";

async function parsed(...argv: string[]) {
  const line = await parseCommandLine(argv, "1.2.3");
  assert.ok(line.kind === "run", `help instead of a command: ${argv.join(" ")}`);
  return { name: line.command.name, args: line.args, given: Object.fromEntries(line.given) };
}

async function refusal(...argv: string[]): Promise<AppError> {
  const error: unknown = await parseCommandLine(argv, "1.2.3").catch((thrown: unknown) => thrown);
  assert.ok(isAppError(error, "E_USAGE"), `not refused: ${argv.join(" ")}`);
  return error;
}

test("parseCommandLine() finds command, arguments and flags in any order", async () => {
  const expected = { name: "backup", args: ["/a", "/b"], given: { repo: ["r"], tag: ["x", "y"], "dry-run": ["true"] } };
  assert.deepEqual(await parsed("backup", "/a", "/b", "--repo", "r", "--tag", "x", "--tag=y", "-n"), expected);
  assert.deepEqual(await parsed("-r", "r", "backup", "--tag", "x", "/a", "-n", "--tag", "y", "/b"), expected);
});

test("parseCommandLine() takes --no-... as flags of their own", async () => {
  assert.deepEqual((await parsed("init", "x", "--no-password", "--no-cache")).given, { "no-password": ["true"], "no-cache": ["true"] });
});

test("parseCommandLine() lets a flag after the command win over one before it", async () => {
  assert.deepEqual((await parsed("--repo", "a", "snapshots", "--repo", "b")).given, { repo: ["b"] });
});

test("parseCommandLine() takes -r as recursive in ls and as the repository elsewhere", async () => {
  assert.deepEqual(await parsed("-r", "x", "ls", "latest", "-r", "-l"), {
    name: "ls",
    args: ["latest"],
    given: { repo: ["x"], recursive: ["true"], long: ["true"] },
  });
  assert.match((await refusal("ls", "-r", "./repo", "latest")).hint, /write --repo/);
});

test("parseCommandLine() takes everything after -- as arguments", async () => {
  assert.deepEqual((await parsed("backup", "--", "--tag")).args, ["--tag"]);
});

test("parseCommandLine() finds commands of two words", async () => {
  assert.deepEqual(await parsed("key", "remove", "ab", "-r", "x"), { name: "key remove", args: ["ab"], given: { repo: ["x"] } });
  assert.match((await refusal("key")).hint, /varve key --help/);
  assert.match((await refusal("key", "lst")).hint, /did you mean list/);
});

test("parseCommandLine() names the choices of an argument", async () => {
  const command = await refusal("completion", "tcsh");
  assert.equal(command.what, "SHELL cannot be 'tcsh'");
  assert.equal(command.why, "expected bash, zsh, fish");
});

test("parseCommandLine() proposes what was probably meant", async () => {
  const command = await refusal("bakcup", "/a");
  assert.match(command.what, /unknown command 'bakcup'/);
  assert.equal(command.why, "varve has no command of this name");
  assert.match(command.hint, /did you mean backup/);
  assert.match((await refusal("backup", "/a", "--exlude", "x")).hint, /did you mean --exclude/);
});

test("parseCommandLine() refuses missing and superfluous arguments and values", async () => {
  assert.match((await refusal("restore")).what, /missing required argument/);
  assert.match((await refusal("snapshots", "x")).what, /too many arguments/);
  assert.match((await refusal("backup", "/a", "--tag")).what, /argument missing/);
});

test("parseCommandLine() gives help for the program, a group and each command", async () => {
  for (const argv of [[], ["help"], ["--help"], ["-h"]]) {
    const line = await parseCommandLine(argv, "1.2.3");
    assert.ok(line.kind === "help");
    for (const name of Object.keys(COMMAND_LOADERS)) assert.match(line.text, new RegExp(`^ {2}${name.split(" ")[0] ?? ""}\\b`, "m"));
  }
  const group = await parseCommandLine(["key", "--help"], "1.2.3");
  assert.ok(group.kind === "help" && /passwd/.test(group.text));
});

test("parseCommandLine() shows flags, examples and exit codes in the help of every command", async () => {
  for (const command of await loadAllCommands()) {
    for (const argv of [[...command.name.split(" "), "--help"]]) {
      const line = await parseCommandLine(argv, "1.2.3");
      assert.ok(line.kind === "help");
      for (const flag of [...Object.values(command.flags), ...Object.values(GLOBAL_FLAGS)])
        assert.ok(line.text.includes(`--${flag.long}`), `${command.name} --${flag.long}`);
      assert.match(line.text, /Examples:/);
      assert.match(line.text, /Exit codes/);
    }
  }
});

test("parseCommandLine() answers --version", async () => {
  assert.deepEqual(await parseCommandLine(["--version"], "1.2.3"), { kind: "help", text: "varve 1.2.3" });
});

test("COMMAND_LOADERS names each command as it names itself, with words no flag uses twice", async () => {
  const commands = await loadAllCommands();
  assert.deepEqual(
    commands.map((command) => command.name),
    Object.keys(COMMAND_LOADERS),
  );
  for (const { name, flags } of commands) {
    const longs = [...Object.values(flags), ...Object.values(GLOBAL_FLAGS)].map((flag) => flag.long);
    assert.equal(new Set(longs).size, longs.length, name);
  }
});
