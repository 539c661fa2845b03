import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { byteStringOf, displayBytes } from "../shared/bytes.ts";
import { findEntries, type FindRequest } from "./find.ts";

/** Paths found, with the position of their snapshot in time. */
async function found(
  fixture: BackupFixture,
  ...args: [patterns: readonly string[], more?: Partial<FindRequest>]
): Promise<readonly string[]> {
  const [patterns, more] = args;
  const repository = await fixture.open();
  const snapshots = (await repository.snapshots()).map(({ id }) => id);
  const lines: string[] = [];
  for await (const { snapshot, path, entry } of findEntries(repository, { patterns, snapshots: {}, ignoreCase: false, ...more })) {
    lines.push(`${snapshots.indexOf(snapshot.id)} ${displayBytes(path)}${entry.directory === undefined ? "" : "/"}`);
  }
  await repository.close();
  return lines;
}

const FILES = {
  "Readme.md": "1",
  "docs/guide.md": "2",
  "docs/deep/.hidden.md": "3",
  "docs/deep/a[1].txt": "4",
  "src/main.ts": "5",
  "docs/md/": "",
} as const;

test("findEntries() holds patterns without a slash against names, at any depth, dot files and directories along", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await found(fixture, ["*.md"]), ["0 Readme.md", "0 docs/guide.md", "0 docs/deep/.hidden.md"]);
  assert.deepEqual(await found(fixture, ["md"]), ["0 docs/md/"]);
  assert.deepEqual(await found(fixture, ["d*"]), ["0 docs/", "0 docs/deep/"]);
  assert.deepEqual(await found(fixture, ["a\\[1\\].txt"]), ["0 docs/deep/a[1].txt"]);
  assert.deepEqual(await found(fixture, ["*.{ts,txt}"]), ["0 docs/deep/a[1].txt", "0 src/main.ts"]);
  assert.deepEqual(await found(fixture, ["guide"]), []);
});

test("findEntries() holds patterns with a slash against whole paths, however they begin", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await found(fixture, ["docs/*"]), ["0 docs/deep/", "0 docs/guide.md", "0 docs/md/"]);
  assert.deepEqual(await found(fixture, ["/docs/*.md"]), ["0 docs/guide.md"]);
  assert.deepEqual(await found(fixture, ["docs/**/*.md"]), ["0 docs/guide.md", "0 docs/deep/.hidden.md"]);
  assert.deepEqual(await found(fixture, ["deep/*"]), []);
  assert.deepEqual(await found(fixture, ["src/*", "Readme*"]), ["0 Readme.md", "0 src/main.ts"]);
});

test("findEntries() tells capitals from small letters unless told not to", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await found(fixture, ["readme*"]), []);
  assert.deepEqual(await found(fixture, ["readme*", "SRC/MAIN.*"], { ignoreCase: true }), ["0 Readme.md", "0 src/main.ts"]);
});

test("findEntries() looks into every snapshot that passes the filter, the oldest first", async () => {
  await using fixture = await BackupFixture.create({ a: "1" });
  await fixture.backup({ request: { tags: ["one"], host: "h1" } });
  fixture.write("ab", "2");
  await fixture.backup({ request: { tags: ["two"], host: "h2" } });
  assert.deepEqual(await found(fixture, ["a*"]), ["0 a", "1 a", "1 ab"]);
  assert.deepEqual(await found(fixture, ["a*"], { snapshots: { tag: "two" } }), ["1 a", "1 ab"]);
  assert.deepEqual(await found(fixture, ["a*"], { snapshots: { host: "h1" } }), ["0 a"]);
  assert.deepEqual(await found(fixture, ["a*"], { snapshots: { path: "/nowhere" } }), []);
});

test("findEntries() finds in each of several sources, by the folders that stand for them", async () => {
  await using fixture = await BackupFixture.create({ "one/x": "1", "two/x": "2" });
  await fixture.backup({ request: { sources: ["one", "two"].map((name) => byteStringOf(fixture.at(name))) } });
  assert.deepEqual(await found(fixture, ["x"]), ["0 one/x", "0 two/x"]);
  assert.deepEqual(await found(fixture, ["two/*"]), ["0 two/x"]);
  assert.deepEqual(await found(fixture, ["one"]), ["0 one/"]);
});
