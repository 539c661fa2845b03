import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasCode } from "../../../test/support/object-store-suite.ts";
import { makeEntry } from "../../../test/support/target-suite.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { seededRandom } from "../../shared/random.ts";
import { LocalTarget } from "./local-target.ts";
import { TempNames } from "./temp-names.ts";

const ROOT = "" as ByteString;
const name = byteStringOf;

function open(path: string): LocalTarget {
  return new LocalTarget({ kind: "local", path: byteStringOf(path), owner: "none", privileged: false }, { random: seededRandom(5) });
}

test("createBeside() shows nothing under the name until finish(), then the whole file with its metadata", async () => {
  await using folder = await tempFolder("beside");
  const target = open(folder.path);
  const file = target.createBeside(ROOT, name("a"), false);
  await file.write(Buffer.from("content"), 0);
  assert.ok(!existsSync(`${folder.path}/a`));
  assert.deepEqual(target.list(ROOT), []);
  assert.deepEqual(file.finish(makeEntry("a", ENTRY_KIND.file, { mode: 0o640, size: 7 })), []);
  assert.deepEqual([readFileSync(`${folder.path}/a`, "utf8"), statSync(`${folder.path}/a`).mode & 0o777], ["content", 0o640]);
  assert.equal(statSync(`${folder.path}/a`).nlink, 1);
  assert.deepEqual(readdirSync(folder.path), ["a"]);
  target.close();
});

test("createBeside() replaces only when asked to, and never what came meanwhile", async () => {
  await using folder = await tempFolder("beside");
  const target = open(folder.path);
  writeFileSync(`${folder.path}/a`, "old");
  mkdirSync(`${folder.path}/d`);
  assert.throws(() => target.createBeside(ROOT, name("a"), false), hasCode("E_TARGET_EXISTS"));
  assert.throws(() => target.createBeside(ROOT, name("d"), true), hasCode("E_TARGET_EXISTS"));
  const replacing = target.createBeside(ROOT, name("a"), true);
  await replacing.write(Buffer.from("new"), 0);
  assert.equal(readFileSync(`${folder.path}/a`, "utf8"), "old");
  replacing.finish(makeEntry("a", ENTRY_KIND.file));
  assert.equal(readFileSync(`${folder.path}/a`, "utf8"), "new");
  const late = target.createBeside(ROOT, name("b"), false);
  writeFileSync(`${folder.path}/b`, "somebody else's");
  assert.throws(() => late.finish(makeEntry("b", ENTRY_KIND.file)), hasCode("E_TARGET_EXISTS"));
  assert.equal(readFileSync(`${folder.path}/b`, "utf8"), "somebody else's");
  assert.deepEqual(readdirSync(folder.path).toSorted(), ["a", "b", "d"]);
  target.close();
});

test("createBeside() replaces a symbolic link itself and writes nothing through it", async () => {
  await using folder = await tempFolder("beside");
  await using outside = await tempFolder("outside");
  writeFileSync(`${outside.path}/victim`, "untouched");
  symlinkSync(`${outside.path}/victim`, `${folder.path}/a`);
  symlinkSync(outside.path, `${folder.path}/d`);
  const target = open(folder.path);
  const file = target.createBeside(ROOT, name("a"), true);
  await file.write(Buffer.from("new"), 0);
  file.finish(makeEntry("a", ENTRY_KIND.file));
  assert.equal(readFileSync(`${folder.path}/a`, "utf8"), "new");
  assert.throws(() => target.createBeside(name("d"), name("x"), true), hasCode("E_TARGET_UNSAFE"));
  assert.throws(() => target.createBeside(ROOT, name(".."), true), hasCode("E_TARGET_UNSAFE"));
  assert.deepEqual([readFileSync(`${outside.path}/victim`, "utf8"), readdirSync(outside.path)], ["untouched", ["victim"]]);
  target.close();
});

test("abandon() leaves nothing, and removeLeftovers() takes what killed processes left and nothing else", async () => {
  await using folder = await tempFolder("beside");
  const target = open(folder.path);
  target.createBeside(ROOT, name("a"), false).abandon();
  assert.deepEqual(readdirSync(folder.path), []);
  const running = target.createBeside(ROOT, name("b"), false);
  // A process with this number that began at another time is gone.
  const killed = new TempNames(seededRandom(9)).next().replace(/-\d+-([0-9a-f]+)$/, "-1-$1");
  for (const file of [killed, ".varve-restore-mine", "c"]) writeFileSync(`${folder.path}/${file}`, "");
  target.removeLeftovers(ROOT);
  const left = readdirSync(folder.path).toSorted();
  assert.equal(left.length, 3);
  assert.ok(left.includes(".varve-restore-mine") && left.includes("c") && !left.includes(killed));
  running.finish(makeEntry("b", ENTRY_KIND.file));
  assert.deepEqual(readdirSync(folder.path).toSorted(), [".varve-restore-mine", "b", "c"]);
  target.close();
});
