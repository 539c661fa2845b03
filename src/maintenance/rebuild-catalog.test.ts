import assert from "node:assert/strict";
import { appendFileSync, linkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { rowsOf } from "../../test/support/failing-nodes.ts";
import { systemClock } from "../shared/clock.ts";
import { byteStringOf } from "../shared/bytes.ts";

const FILES = { a: "alpha", "sub/b": "beta", "sub/deep/c": "gamma", "gone/x/d": "delta", "gone/e": "epsilon", "empty/": "" } as const;

/** Every kind of change between two backups. */
function change(fixture: BackupFixture): void {
  fixture.write("sub/b", "changed");
  fixture.write("new/f", "new");
  renameSync(fixture.at("a"), fixture.at("sub/a"));
  renameSync(fixture.at("empty"), fixture.at("still-empty"));
  renameSync(fixture.at("gone/x"), fixture.at("new/x"));
  rmSync(fixture.at("gone"), { recursive: true });
  fixture.write("gone", "a file now");
  appendFileSync(fixture.at("sub/deep/c"), "more");
  linkSync(fixture.at("sub/b"), fixture.at("new/linked"));
  symlinkSync("nowhere", fixture.at("new/link"));
}

test("rebuildCatalog() makes the very rows that backups left, and a backup after it reads nothing", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  change(fixture);
  await fixture.backup();
  const before = await rowsOf(fixture.catalogPath);
  assert.ok(before.length > 8);
  const rebuilt = `${fixture.folder.path}/rebuilt.sqlite`;
  const summary = await fixture.rebuildCatalog(rebuilt);
  assert.deepEqual([summary.sources, summary.rows], [1, 13]);
  assert.deepEqual(await rowsOf(rebuilt), before);
  const { summary: after } = await fixture.backup({ catalogPath: rebuilt });
  assert.deepEqual([after.readBytes, after.filesUnmodified], [0, 8]);
});

test("rebuildCatalog() trusts no file more than the backup did", async () => {
  await using fixture = await BackupFixture.create({ a: "1" });
  // By this clock every file changed after the backup began.
  const clock = { ...systemClock, nowNs: (): bigint => 1_000_000_000n };
  await fixture.backup({ clock });
  const before = await rowsOf(fixture.catalogPath);
  await fixture.rebuildCatalog(fixture.catalogPath);
  assert.deepEqual(await rowsOf(fixture.catalogPath), before);
  assert.equal((await fixture.backup()).summary.readBytes, 1);
});

test("rebuildCatalog() takes each source from the newest snapshot that has it", async () => {
  await using fixture = await BackupFixture.create({ "one/a": "1", "two/b": "2" });
  const [one, two] = [byteStringOf(fixture.at("one")), byteStringOf(fixture.at("two"))];
  await fixture.backup({ request: { sources: [one, two] } });
  fixture.write("two/c", "3");
  await fixture.backup({ request: { sources: [two] } });
  const before = await rowsOf(fixture.catalogPath);
  const { sources, rows } = await fixture.rebuildCatalog(`${fixture.folder.path}/rebuilt.sqlite`);
  assert.deepEqual([sources, rows], [2, 3]);
  assert.deepEqual(await rowsOf(`${fixture.folder.path}/rebuilt.sqlite`), before);
});
