import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BackupFixture, digestsOf } from "../../test/support/backup-fixture.ts";
import { byteStringOf, displayBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { NO_EXCLUDES } from "./face.ts";

test("runBackup() saves several sources into one snapshot and compares each with its own last tree", async () => {
  await using fixture = await BackupFixture.create({ "one/a": "1", "one/b": "2", "two/a": "3" });
  const sources = ["one", "two"].map((name) => byteStringOf(fixture.at(name)));
  const { summary } = await fixture.backup({ request: { sources } });
  assert.deepEqual([summary.filesNew, summary.directories, summary.totalBytes], [3, 2, 3]);
  await fixture.look(async (_, { manifest }) => {
    assert.deepEqual(
      manifest.sources.map(({ path, root }) => [path, root.directory?.totalFiles]),
      [
        [sources[0], 2],
        [sources[1], 1],
      ],
    );
  });
  fixture.write("two/b", "4");
  const second = await fixture.backup({ request: { sources } });
  assert.deepEqual(second.items, ["new two/b", "unmodified one/a", "unmodified one/b", "unmodified two/a"]);
  const alone = await fixture.backup({ request: { sources: sources.slice(1) } });
  assert.deepEqual([alone.summary.readBytes, alone.summary.parent], [0, second.summary.snapshot]);
});

test("runBackup() saves a source that is a single file", async () => {
  await using fixture = await BackupFixture.create({ "sub/file": "content" });
  const sources = [byteStringOf(fixture.at("sub/file"))];
  const { summary, issues, items } = await fixture.backup({ request: { sources } });
  assert.deepEqual([issues, items], [[], ["new sub/file"]]);
  assert.deepEqual([summary.filesNew, summary.directories, summary.totalBytes, summary.readBytes], [1, 0, 7, 7]);
  await fixture.look(async (repository, { manifest }) => {
    const [source] = manifest.sources;
    assert.ok(source !== undefined);
    assert.deepEqual([manifest.files, displayBytes(source.root.name), source.root.size], [1, "file", 7]);
    const { ids, lengths } = source.root.content;
    const content = await repository.chunk(1, { id: ids, length: lengths[0] ?? 0 });
    assert.equal(Buffer.from(content).toString(), "content");
  });
  assert.equal((await fixture.backup({ request: { sources } })).summary.addedBytes, 0);
});

test("runBackup() reports a source that is missing among others, and throws when it is the only one", async () => {
  await using fixture = await BackupFixture.create({ a: "1" });
  const missing = byteStringOf(fixture.at("nothing/here"));
  const { summary, issues } = await fixture.backup({ request: { sources: [missing, byteStringOf(fixture.tree)] } });
  assert.deepEqual(
    issues.map(({ path, code }) => [path, code]),
    [[fixture.at("nothing/here"), "E_SOURCE_MISSING"]],
  );
  assert.deepEqual([summary.issues, summary.filesNew], [1, 1]);
  await fixture.look(async (_, { manifest }) => assert.deepEqual([manifest.sources.length, manifest.issues.length], [1, 1]));
  const before = digestsOf(fixture.repositoryPath);
  await assert.rejects(fixture.backup({ request: { sources: [missing] } }), (error) => isAppError(error, "E_SOURCE_MISSING"));
  assert.deepEqual(digestsOf(fixture.repositoryPath), before, "nothing was announced");
});

test("runBackup() saves symlinks, FIFOs and sockets as what they are, and opens none of them", async () => {
  await using fixture = await BackupFixture.create({ a: "1" });
  symlinkSync("nowhere", fixture.at("link"));
  // Opening one for reading would wait for a writer that never comes.
  execFileSync("mkfifo", [fixture.at("pipe")]);
  const { summary, issues } = await fixture.backup();
  assert.deepEqual([issues, summary.filesNew, summary.readBytes], [[], 3, 1]);
  await fixture.look(async (repository, { manifest }) => {
    const facts = manifest.sources[0]?.root.directory;
    assert.ok(facts !== undefined);
    const kinds: unknown[] = [];
    for await (const batch of repository.entries(facts))
      for (const { name, kind, linkTarget } of batch) kinds.push([name, kind, linkTarget]);
    assert.deepEqual(kinds, [
      ["a", 0, ""],
      ["link", 2, "nowhere"],
      ["pipe", 3, ""],
    ]);
  });
  assert.equal((await fixture.backup()).summary.filesUnmodified, 3);
});

test("runBackup() leaves out what the rules say, and says nothing of it", async () => {
  await using fixture = await BackupFixture.create({
    "a.tmp": "1",
    "b.txt": "2",
    big: "x".repeat(100),
    "node/a": "3",
    "cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
    "cache/x": "4",
  });
  fixture.write("fake/CACHEDIR.TAG", "no signature");
  fixture.write("skip/.nobackup", "");
  fixture.write("skip/x", "5");
  const exclude = { ...NO_EXCLUDES, patterns: ["*.tmp", "node/"], caches: true, ifPresent: [".nobackup"], largerThanBytes: 99 };
  const { summary, issues } = await fixture.backup({ request: { exclude } });
  assert.deepEqual(issues, []);
  assert.deepEqual(Object.keys(await fixture.saved()), [
    "b.txt",
    "cache/",
    "cache/CACHEDIR.TAG",
    "fake/",
    "fake/CACHEDIR.TAG",
    "skip/",
    "skip/.nobackup",
  ]);
  assert.deepEqual([summary.filesNew, summary.totalBytes], [4, 1 + 44 + 12]);
  const all = await fixture.backup();
  assert.deepEqual(await fixture.saved(), fixture.content());
  assert.equal(all.summary.filesUnmodified, 4);
  const less = await fixture.backup({ request: { exclude } });
  assert.deepEqual([less.summary.filesRemoved, less.summary.readBytes], [5, 0]);
});

test("runBackup() with includes saves the files that match, and the directories", async () => {
  await using fixture = await BackupFixture.create({ "a.txt": "1", "b.bin": "2", "sub/c.txt": "3", "sub/d.bin": "4" });
  await fixture.backup({ request: { exclude: { ...NO_EXCLUDES, includes: ["*.txt"], patterns: ["sub/c*"] } } });
  assert.deepEqual(await fixture.saved(), { "a.txt": "1", "sub/": "" });
});

test("runBackup() as a user who may not read everything saves the rest and records what is missing", async (t) => {
  if (process.getuid?.() !== 0) t.skip("takes root, to become somebody else");
  else {
    await using fixture = await BackupFixture.create({ "open/a": "1", secret: "2", "closed/b": "3" });
    chmodSync(fixture.folder.path, 0o755);
    chmodSync(fixture.at("secret"), 0o600);
    chmodSync(fixture.at("closed"), 0o700);
    mkdirSync(fixture.at("sealed"), { mode: 0o711 });
    execFileSync("chown", ["-R", "65534:65534", fixture.repositoryPath]);
    chownSync(fixture.folder.path, 65534, 65534);
    const script = fileURLToPath(new URL("../../test/support/backup-as-user.ts", import.meta.url));
    const output = execFileSync(process.execPath, [script, fixture.tree, fixture.repositoryPath, fixture.catalogPath], {
      encoding: "utf8",
    });
    const { issues, summary, files } = JSON.parse(output) as {
      issues: string[];
      summary: { issues: number; totalBytes: number };
      files: string[];
    };
    assert.deepEqual(
      issues.toSorted(),
      ["closed", "sealed", "secret"].map((name) => `E_SOURCE_READ ${fixture.at(name)}`),
    );
    assert.deepEqual([summary.issues, summary.totalBytes], [3, 1]);
    assert.deepEqual(files, ["closed/", "open/", "open/a", "sealed/"]);
  }
});

test("runBackup() throws when its only source is a directory that cannot be listed, instead of saving an empty tree", async (t) => {
  if (process.getuid?.() !== 0) t.skip("takes root, to become somebody else");
  else {
    await using fixture = await BackupFixture.create({ a: "1" });
    chmodSync(fixture.folder.path, 0o755);
    chmodSync(fixture.tree, 0o711);
    execFileSync("chown", ["-R", "65534:65534", fixture.repositoryPath]);
    chownSync(fixture.folder.path, 65534, 65534);
    writeFileSync(`${fixture.folder.path}/out`, "");
    const script = fileURLToPath(new URL("../../test/support/backup-as-user.ts", import.meta.url));
    const output = execFileSync(process.execPath, [script, fixture.tree, fixture.repositoryPath, fixture.catalogPath], {
      encoding: "utf8",
    });
    assert.deepEqual(JSON.parse(output), { error: "E_SOURCE_READ" });
  }
});
