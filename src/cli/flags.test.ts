import assert from "node:assert/strict";
import { test } from "node:test";
import { choiceFlag, listFlag, numberFlag, shareFlag, sizeFlag, switchFlag, textFlag } from "./flags.ts";

test("switchFlag() names its environment twin after itself", () => {
  assert.deepEqual(switchFlag("one-file-system", "").env, ["VARVE_ONE_FILE_SYSTEM"]);
  assert.deepEqual(textFlag("repo REPO", "", { envFirst: "VARVE_REPOSITORY" }).env, ["VARVE_REPOSITORY", "VARVE_REPO"]);
});

test("switchFlag() takes the usual words for yes and no and nothing else", () => {
  const flag = switchFlag("json", "");
  for (const word of ["1", "true", "YES", "on"]) assert.deepEqual(flag.parse([word]), { value: true });
  for (const word of ["0", "false", "No", "off"]) assert.deepEqual(flag.parse([word]), { value: false });
  for (const word of ["", "2", "maybe"]) assert.ok("problem" in flag.parse([word]));
});

test("textFlag() takes the last value and refuses an empty one", () => {
  const flag = textFlag("host NAME", "");
  assert.equal(flag.placeholder, "NAME");
  assert.deepEqual(flag.parse(["a", "b"]), { value: "b" });
  assert.ok("problem" in flag.parse([""]));
});

test("listFlag() keeps all values", () => {
  assert.deepEqual(listFlag("tag TAG", "").parse(["a", "b"]), { value: ["a", "b"] });
  assert.ok("problem" in listFlag("tag TAG", "").parse(["a", ""]));
});

test("choiceFlag() takes only its choices", () => {
  const flag = choiceFlag("overwrite", ["skip", "always"], { help: "", initial: "skip" });
  assert.deepEqual(flag.parse(["always"]), { value: "always" });
  assert.deepEqual(flag.parse(["Always"]), { problem: "expected skip, always" });
  assert.equal(flag.initial, "skip");
});

test("numberFlag() takes whole numbers of its range", () => {
  const flag = numberFlag("threads", { min: 0, max: 256 }, { help: "" });
  assert.deepEqual(flag.parse(["0"]), { value: 0 });
  assert.deepEqual(flag.parse(["256"]), { value: 256 });
  for (const text of ["257", "-1", "1.5", "1e2", "0x10", "", " 1"]) assert.ok("problem" in flag.parse([text]), text);
});

test("sizeFlag() counts in steps of 1024 and takes fractions", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["512", 512],
    ["1K", 1024],
    ["1kb", 1024],
    ["1.5MiB", 1_572_864],
    ["2 G", 2_147_483_648],
    ["1t", 1_099_511_627_776],
  ];
  for (const [text, value] of cases) assert.deepEqual(sizeFlag("x", "").parse([text]), { value }, text);
  for (const text of ["", "-1", "1X", "K", "99999999T"]) assert.ok("problem" in sizeFlag("x", "").parse([text]), text);
});

test("shareFlag() takes percents and fractions above nothing, up to all", () => {
  assert.deepEqual(shareFlag("x", "").parse(["5%"]), { value: 0.05 });
  assert.deepEqual(shareFlag("x", "").parse(["0.25"]), { value: 0.25 });
  assert.deepEqual(shareFlag("x", "").parse(["100%"]), { value: 1 });
  for (const text of ["0%", "0", "101%", "1.1", "5", "abc", ""]) assert.ok("problem" in shareFlag("x", "").parse([text]), text);
});
