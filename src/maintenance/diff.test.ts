import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { DamagedRepository } from "../../test/support/damaged-repository.ts";
import { openIn } from "../../test/support/memory-repository.ts";
import type { Tree } from "../../test/support/thin-backup.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { MemoryTree } from "../source/memory/memory-tree.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { type Difference, diffSnapshots } from "./diff.ts";

const LAST_TWO = ["latest~1", "latest"] as const;

/** `change path` of each difference between two snapshots. */
async function differences(repository: OpenRepository, [from, to]: readonly [string, string], path = ""): Promise<readonly Difference[]> {
  const side = async (text: string): Promise<Parameters<typeof diffSnapshots>[1]["from"]> => ({
    snapshot: await repository.findSnapshot(text),
    path: byteStringOf(path),
  });
  const found: Difference[] = [];
  for await (const one of diffSnapshots(repository, { from: await side(from), to: await side(to) })) found.push(one);
  return found;
}

async function changesOf(fixture: BackupFixture, snapshots: readonly [string, string], path = ""): Promise<readonly string[]> {
  const repository = await fixture.open();
  try {
    return (await differences(repository, snapshots, path)).map((one) => `${one.change} ${one.path}`);
  } finally {
    await repository.close();
  }
}

test("diffSnapshots() tells added, removed, changed, touched and replaced entries, in order of their paths", async () => {
  await using fixture = await BackupFixture.create({
    changed: "1",
    "kind/inside": "2",
    mode: "3",
    "removed/deep/x": "4",
    same: "5",
    touched: "6",
  });
  symlinkSync("a", fixture.at("link"));
  const { summary } = await fixture.backup();
  fixture.write("changed", "one");
  rmSync(fixture.at("kind"), { recursive: true });
  fixture.write("kind", "now a file");
  chmodSync(fixture.at("mode"), 0o600);
  rmSync(fixture.at("removed"), { recursive: true });
  utimesSync(fixture.at("touched"), 1, 1);
  unlinkSync(fixture.at("link"));
  symlinkSync("b", fixture.at("link"));
  fixture.write("added/deep/y", "7");
  await fixture.backup();
  const expected = [
    "+ added",
    "+ added/deep",
    "+ added/deep/y",
    "M changed",
    "T kind",
    "- kind/inside",
    "M link",
    "U mode",
    "- removed",
    "- removed/deep",
    "- removed/deep/x",
    "U touched",
  ];
  assert.deepEqual(await changesOf(fixture, [summary.snapshot, "latest"]), expected);
  const backwards = new Map([
    ["+", "-"],
    ["-", "+"],
  ]);
  const turned = expected.map((line) => (backwards.get(line[0] ?? "") ?? line[0]) + line.slice(1));
  assert.deepEqual(await changesOf(fixture, ["latest", summary.snapshot]), turned);
  assert.deepEqual(await changesOf(fixture, ["latest", "latest"]), []);
});

test("diffSnapshots() tells sizes of both sides, of what exists there", async () => {
  await using fixture = await BackupFixture.create({ a: "1", b: "22" });
  await fixture.backup();
  unlinkSync(fixture.at("a"));
  fixture.write("b", "333");
  fixture.write("c", "4444");
  await fixture.backup();
  const repository = await fixture.open();
  const found = await differences(repository, LAST_TWO);
  await repository.close();
  assert.deepEqual(
    found.map(({ change, sizeBefore, sizeAfter }) => [change, sizeBefore, sizeAfter]),
    [
      ["-", 1, 0],
      ["M", 2, 3],
      ["+", 0, 4],
    ],
  );
});

test("diffSnapshots() shows a moved tree where it was and where it is", async () => {
  await using fixture = await BackupFixture.create({ "from/tree/a": "1", "to/": "" });
  await fixture.backup();
  const { mtime, atime } = statSync(fixture.at("from"));
  renameSync(fixture.at("from/tree"), fixture.at("to/tree"));
  utimesSync(fixture.at("from"), atime, mtime);
  await fixture.backup();
  assert.deepEqual(
    (await changesOf(fixture, LAST_TWO)).filter((line) => !line.startsWith("U")),
    ["- from/tree", "- from/tree/a", "+ to/tree", "+ to/tree/a"],
  );
});

test("diffSnapshots() tells new attributes from equal ones", async () => {
  await using fixture = await BackupFixture.create();
  const tree = new MemoryTree();
  const attribute = (value: number): { attributes: { name: ReturnType<typeof byteStringOf>; value: Uint8Array }[] } => ({
    attributes: [{ name: byteStringOf("user.a"), value: new Uint8Array(2000).fill(value) }],
  });
  for (const name of ["equal", "other", "less"]) tree.put(byteStringOf(name), { content: Buffer.from(name), ...attribute(1) });
  const backup = (): Promise<unknown> => fixture.backup({ memory: [new MemorySource("attributes", tree)] });
  await backup();
  tree.update(byteStringOf("equal"), attribute(1));
  tree.update(byteStringOf("other"), attribute(2));
  tree.update(byteStringOf("less"), { attributes: [] });
  await backup();
  assert.deepEqual(await changesOf(fixture, LAST_TWO), ["U less", "U other"]);
});

test("diffSnapshots() compares parts, and parts of several sources by their folders", async () => {
  await using fixture = await BackupFixture.create({ "one/a/x": "1", "two/b": "2" });
  const sources = ["one", "two"].map((name) => byteStringOf(fixture.at(name)));
  await fixture.backup({ request: { sources } });
  fixture.write("one/a/x", "changed");
  fixture.write("two/c", "3");
  await fixture.backup({ request: { sources } });
  assert.deepEqual(
    (await changesOf(fixture, LAST_TWO)).filter((line) => !line.startsWith("U")),
    ["M one/a/x", "+ two/c"],
  );
  assert.deepEqual(await changesOf(fixture, LAST_TWO, "one/a"), ["M x"]);
  assert.deepEqual(
    (await changesOf(fixture, LAST_TWO, fixture.at("two"))).filter((line) => !line.startsWith("U")),
    ["+ c"],
  );
  await assert.rejects(changesOf(fixture, LAST_TWO, "three"), (error) => isAppError(error, "E_NOT_FOUND"));
  mkdirSync(fixture.at("three"));
  await fixture.backup({ request: { sources: [...sources, byteStringOf(fixture.at("three"))] } });
  assert.deepEqual(await changesOf(fixture, LAST_TWO), ["+ three"]);
});

test("diffSnapshots() shows a source that is a single file by its name", async () => {
  await using fixture = await BackupFixture.create({ file: "1" });
  const sources = [byteStringOf(fixture.at("file"))];
  await fixture.backup({ request: { sources } });
  fixture.write("file", "two");
  await fixture.backup({ request: { sources } });
  assert.deepEqual(await changesOf(fixture, LAST_TWO), ["M file"]);
});

test("diffSnapshots() reads no page that both sides share", async () => {
  const repository = await DamagedRepository.create();
  const noise = (seed: number): Uint8Array => seededRandom(seed).bytes(50);
  const shared: Tree = new Map([["deep", new Map([["a", noise(1)]])]]);
  const from = await repository.backup(
    new Map<string, Uint8Array | Tree>([
      ["shared", shared],
      ["own", new Map([["b", noise(2)]])],
    ]),
  );
  const to = await repository.backup(
    new Map<string, Uint8Array | Tree>([
      ["shared", shared],
      ["own", new Map([["b", noise(3)]])],
    ]),
  );
  const opened = await openIn(new MemoryStore(repository.objects));
  const chunk = opened.chunk.bind(opened);
  let read = 0;
  opened.chunk = async (type, ref) => {
    read += 1;
    return await chunk(type, ref);
  };
  assert.deepEqual(
    (await differences(opened, [from, to])).map(({ change, path }) => `${change} ${path}`),
    ["M own/b"],
  );
  assert.equal(read, 4, "two roots, and the two directories that differ");
});
