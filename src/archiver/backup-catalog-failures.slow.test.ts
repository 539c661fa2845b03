import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture, type BackupResult } from "../../test/support/backup-fixture.ts";
import { copyOfCatalog, FailingNodes } from "../../test/support/failing-nodes.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { systemClock } from "../shared/clock.ts";

const FILES = { a: "alpha", "sub/b": "beta", "sub/deep/c": "gamma", "gone/x/d": "delta", "gone/e": "epsilon" } as const;

/** Changes that take every kind of catalog call: edits, moves, directories that are gone. */
function change(fixture: BackupFixture): void {
  fixture.write("sub/b", "changed");
  fixture.write("new/f", "new");
  renameSync(fixture.at("a"), fixture.at("sub/a"));
  rmSync(fixture.at("gone"), { recursive: true });
}

async function whole(fixture: BackupFixture, { issues }: BackupResult): Promise<void> {
  assert.deepEqual(issues, []);
  assert.deepEqual(await fixture.saved(), fixture.content());
}

const EVERY_CALL = [
  "children",
  "close",
  "commit",
  "directories",
  "putDirectories",
  "removeDirectories",
  "replaceChildren",
  "source",
  "stage",
];

test("runBackup() ends in a whole snapshot whichever catalog call fails, and so does the next", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  change(fixture);
  const good = await copyOfCatalog(fixture.catalogPath);
  const methods = new Set<string>();
  for (let failing = 1; ; failing += 1) {
    await good.restore();
    const { nodes } = await openCatalog({ path: fixture.catalogPath, clock: systemClock });
    const failed = new FailingNodes(nodes, (call) => call === failing);
    const result = await fixture.backup({ openNodes: async () => failed });
    await whole(fixture, result);
    if (failed.failedAt === undefined) break;
    methods.add(failed.failedAt);
    assert.ok(result.notes.length > 0, `a failure of ${failed.failedAt} is told`);
    const next = await fixture.backup();
    await whole(fixture, next);
    assert.equal(next.summary.addedBytes, 0);
    assert.ok(failing < 60, "a small backup makes few catalog calls");
  }
  assert.deepEqual([...methods].toSorted(), EVERY_CALL);
});

test("runBackup() with threads ends in a whole snapshot when the catalog fails while files are read", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  change(fixture);
  const good = await copyOfCatalog(fixture.catalogPath);
  for (const failing of [3, 7, 10]) {
    await good.restore();
    const { nodes } = await openCatalog({ path: fixture.catalogPath, clock: systemClock });
    await whole(
      fixture,
      await fixture.backup({ openNodes: async () => new FailingNodes(nodes, (call) => call === failing), request: { threads: 2 } }),
    );
  }
});

test("runBackup() ends in a whole snapshot when every catalog call fails from some moment on", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  change(fixture);
  const good = await copyOfCatalog(fixture.catalogPath);
  for (const from of [1, 2, 3, 4, 6, 9, 12]) {
    await good.restore();
    const { nodes } = await openCatalog({ path: fixture.catalogPath, clock: systemClock });
    await whole(fixture, await fixture.backup({ openNodes: async () => new FailingNodes(nodes, (call) => call >= from) }));
    await whole(fixture, await fixture.backup());
  }
});
