import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFixture, type BackupResult } from "../../test/support/backup-fixture.ts";
import { byteStringOf, type ByteString } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { MemoryTree } from "../source/memory/memory-tree.ts";

const path = byteStringOf;
const content = (text: string): { content: Buffer } => ({ content: Buffer.from(text) });

/** A memory tree that is backed up again and again, and what happens to it while it is. */
class ChangingTree {
  readonly tree = new MemoryTree();
  readonly #fixture: BackupFixture;

  constructor(fixture: BackupFixture, files: Readonly<Record<string, string>>) {
    this.#fixture = fixture;
    for (const [name, text] of Object.entries(files)) this.tree.put(path(name), content(text));
  }

  /** `onAccess` is called before each listing, open and read. */
  async backup(onAccess: MemorySource["onAccess"] = () => undefined, prepare?: (source: MemorySource) => void): Promise<BackupResult> {
    const memory = new MemorySource("memory", this.tree);
    memory.onAccess = onAccess;
    prepare?.(memory);
    return await this.#fixture.backup({ memory: [memory] });
  }
}

/** Does something at the first time only that a path is met with an action. */
function once(wanted: "list" | "open" | "read", at: string, work: () => void): MemorySource["onAccess"] {
  let done = false;
  return (action, met: ByteString) => {
    if (done || action !== wanted || met !== path(at)) return;
    done = true;
    work();
  };
}

function issuesOf({ issues }: BackupResult): readonly string[] {
  return issues.map((issue) => `${issue.code} ${issue.path}`);
}

test("runBackup() saves a file that grew between listing and reading as it then was, and reports nothing", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "short", b: "other" });
  const result = await changing.backup(once("open", "a", () => changing.tree.update(path("a"), content("much longer"))));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [[], { a: "much longer", b: "other" }]);
  assert.equal(result.summary.totalBytes, 16, "the summary counts what was saved");
  const again = await changing.backup();
  assert.deepEqual([again.summary.filesUnmodified, again.summary.storedBytes], [2, 0]);
});

test("runBackup() keeps what it read last of a file that never stands still, says so, and reads it again next time", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { log: "line 1", still: "x" });
  let line = 1;
  const result = await changing.backup((action, met) => {
    if (action !== "read" || met !== path("log") || line > 9) return;
    line += 1;
    changing.tree.update(path("log"), content(`line ${line}`));
  });
  assert.deepEqual(issuesOf(result), ["E_SOURCE_CHANGED /memory/log"]);
  assert.deepEqual([result.summary.filesNew, result.summary.issues], [2, 1]);
  assert.match((await fixture.saved())["log"] ?? "", /^line \d$/);
  const again = await changing.backup();
  assert.deepEqual([issuesOf(again), again.items], [[], ["changed /memory/log", "unmodified /memory/still"]]);
  assert.equal((await fixture.saved())["log"], changing.tree.find(path("log")).item.content?.toString());
});

test("runBackup() leaves out a file that vanished before it was opened, and counts it nowhere", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "1", b: "22" });
  const result = await changing.backup(once("open", "a", () => changing.tree.remove(path("a"))));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [["E_SOURCE_CHANGED /memory/a"], { b: "22" }]);
  assert.deepEqual([result.summary.filesNew, result.summary.totalBytes], [1, 2]);
  await fixture.look(async (_, { manifest }) => assert.deepEqual([manifest.files, manifest.bytes, manifest.issueCount], [1, 2, 1]));
});

test("runBackup() leaves out an unreadable directory's content, keeps the directory, and saves it when it can be read again", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { "bad/a": "1", "good/b": "2" });
  await changing.backup();
  const list = new AppError({ code: "E_SOURCE_READ", what: "cannot list", why: "EIO" });
  const result = await changing.backup(undefined, (source) => source.setFaults(path("bad"), { list }));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [["E_SOURCE_READ /memory/bad"], { "bad/": "", "good/": "", "good/b": "2" }]);
  await changing.backup();
  assert.deepEqual(await fixture.saved(), { "bad/": "", "bad/a": "1", "good/": "", "good/b": "2" });
});

test("runBackup() reports a file whose content cannot be read, and tries it again next time", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "1", b: "2" });
  const read = new AppError({ code: "E_SOURCE_READ", what: "cannot read", why: "EIO" });
  const result = await changing.backup(undefined, (source) => source.setFaults(path("a"), { read }));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [["E_SOURCE_READ /memory/a"], { b: "2" }]);
  assert.deepEqual((await changing.backup()).items, ["new /memory/a", "unmodified /memory/b"]);
});

test("runBackup() fails when reading fails in a way that has nothing to do with the file", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "1" });
  const read = new AppError({ code: "E_INTERNAL", what: "defect" });
  await assert.rejects(
    changing.backup(undefined, (source) => source.setFaults(path("a"), { read })),
    (error) => isAppError(error, "E_INTERNAL"),
  );
});

test("runBackup() reads a hard-linked file by its second name when the first has vanished", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { new: "message" });
  for (const name of ["old", "third"]) changing.tree.link(path("new"), path(name));
  const result = await changing.backup(once("open", "new", () => changing.tree.remove(path("new"))));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [["E_SOURCE_CHANGED /memory/new"], { old: "message", third: "message" }]);
  const again = await changing.backup();
  assert.deepEqual([issuesOf(again), await fixture.saved()], [[], { old: "message", third: "message" }]);
});

test("runBackup() never gives one name of a hard-linked file the content of another file that took the other name", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "linked" });
  changing.tree.link(path("a"), path("b"));
  const result = await changing.backup(once("open", "a", () => changing.tree.put(path("a"), content("stranger"))));
  assert.deepEqual([issuesOf(result), await fixture.saved()], [[], { a: "stranger", b: "linked" }]);
  const ids = await fixture.look(async (repository, { manifest }) => {
    const facts = manifest.sources[0]?.root.directory;
    const found: bigint[] = [];
    if (facts !== undefined) for await (const batch of repository.entries(facts)) for (const { nodeId } of batch) found.push(nodeId);
    return found;
  });
  assert.equal(new Set(ids).size, 2, "a restore must not link the two");
  const again = await changing.backup();
  assert.deepEqual([again.summary.addedBytes, await fixture.saved()], [0, { a: "stranger", b: "linked" }]);
});

test("runBackup() throws when the only source cannot be listed, and leaves it out when it is one of two", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, { a: "1" });
  const list = new AppError({ code: "E_SOURCE_READ", what: "cannot list" });
  await changing.backup();
  await assert.rejects(
    changing.backup(undefined, (source) => source.setFaults(path(""), { list })),
    (error) => isAppError(error, "E_SOURCE_READ"),
  );
  assert.deepEqual(await fixture.saved(), { a: "1" }, "the snapshot before is still the newest");
  const other = new MemoryTree();
  other.put(path("b"), content("2"));
  const memory = [new MemorySource("memory", changing.tree), new MemorySource("other", other)];
  memory[0]?.setFaults(path(""), { list });
  const result = await fixture.backup({ memory });
  assert.deepEqual([issuesOf(result), result.items], [["E_SOURCE_READ /memory"], ["new /other/b"]]);
  await fixture.look(async (_, { manifest }) =>
    assert.deepEqual([manifest.sources.map((source) => source.path), manifest.files], [["/other"], 1]),
  );
  assert.equal((await changing.backup()).summary.filesUnmodified, 1, "its catalog rows are as they were");
});

test("runBackup() tells of large attributes what it tells of small ones, and stores equal ones once", async () => {
  await using fixture = await BackupFixture.create();
  const changing = new ChangingTree(fixture, {});
  const [small, large] = [Buffer.alloc(10, 1), Buffer.alloc(5000, 2)];
  const attributes = [
    { name: path("user.large"), value: large },
    { name: path("user.small"), value: small },
  ];
  for (const name of ["a", "b"]) changing.tree.put(path(name), { ...content(name), attributes });
  await changing.backup();
  const references = await fixture.look(async (repository, { manifest }) => {
    const facts = manifest.sources[0]?.root.directory;
    const found = new Set<string>();
    if (facts === undefined) return found;
    for await (const batch of repository.entries(facts)) {
      for (const {
        attributes: [first, second],
      } of batch) {
        assert.ok(first !== undefined && second?.value instanceof Uint8Array && !(first.value instanceof Uint8Array));
        assert.deepEqual([...second.value], [...small]);
        assert.deepEqual(await repository.chunk(3, first.value), new Uint8Array(large));
        found.add(Buffer.from(first.value.id).toString("hex"));
      }
    }
    return found;
  });
  assert.equal(references.size, 1);
});
