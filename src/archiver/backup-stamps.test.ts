import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { rowsOf } from "../../test/support/failing-nodes.ts";
import type { NodeStore } from "../catalog/node-store.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { systemClock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { MemoryTree } from "../source/memory/memory-tree.ts";
import { NO_EXCLUDES } from "./face.ts";

const FILES = { a: "alpha", "sub/b": "beta", "sub/deep/c": "gamma", "other/d": "delta", "other/empty/": "" } as const;

/** The catalog of a fixture that writes down how many directories' rows it is asked for. */
function counted(fixture: BackupFixture): { readonly openNodes: () => Promise<NodeStore>; readonly asked: () => number } {
  let asked = 0;
  const openNodes = async (): Promise<NodeStore> => {
    const { nodes } = await openCatalog({ path: fixture.catalogPath, clock: systemClock });
    const { children } = nodes;
    nodes.children = (sourceId, parents) => {
      asked += parents.length;
      return children.call(nodes, sourceId, parents);
    };
    return nodes;
  };
  return { openNodes, asked: () => asked };
}

/** Backs up, and holds snapshot and catalog against the tree; how many directories' rows were asked for. */
async function backedUp(fixture: BackupFixture): Promise<{ readonly asked: number; readonly items: readonly string[] }> {
  const { openNodes, asked } = counted(fixture);
  const { issues, items } = await fixture.backup({ openNodes });
  assert.deepEqual(issues, []);
  assert.deepEqual(await fixture.saved(), fixture.content());
  const kept = await rowsOf(fixture.catalogPath);
  const rebuilt = `${fixture.catalogPath}.rebuilt`;
  await fixture.rebuildCatalog(rebuilt);
  assert.deepEqual(await rowsOf(rebuilt), kept, "a catalog made again has the same rows and stamps");
  rmSync(rebuilt);
  return { asked: asked(), items };
}

test("runBackup() asks for no rows of directories in which nothing changed, and names their files all the same", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await backedUp(fixture), {
    asked: 0,
    items: ["unmodified a", "unmodified other/d", "unmodified sub/b", "unmodified sub/deep/c"],
  });
});

test("runBackup() asks for the rows of those directories only in which something changed", async () => {
  const changes: readonly { readonly name: string; readonly change: (fixture: BackupFixture) => void; readonly asked: number }[] = [
    { name: "content deep below", change: (fixture) => fixture.write("sub/deep/c", "GAMMA"), asked: 1 },
    // Its directory and the one that shows the directory's time.
    { name: "a new file", change: (fixture) => fixture.write("sub/deep/new"), asked: 2 },
    { name: "a removed file", change: (fixture) => rmSync(fixture.at("sub/deep/c")), asked: 2 },
    { name: "a renamed file", change: (fixture) => renameSync(fixture.at("sub/b"), fixture.at("sub/z")), asked: 2 },
    { name: "metadata", change: (fixture) => chmodSync(fixture.at("sub/deep/c"), 0o600), asked: 1 },
    { name: "a time set back", change: (fixture) => utimesSync(fixture.at("sub/deep/c"), 1, 1), asked: 1 },
    { name: "a directory's metadata", change: (fixture) => chmodSync(fixture.at("sub/deep"), 0o700), asked: 1 },
  ];
  for (const { name, change, asked } of changes) {
    await using fixture = await BackupFixture.create(FILES);
    await fixture.backup();
    change(fixture);
    assert.equal((await backedUp(fixture)).asked, asked, name);
    assert.equal((await backedUp(fixture)).asked, 0, `after ${name}`);
  }
});

test("runBackup() knows a directory that moved by its stamp, with everything below it", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  renameSync(fixture.at("sub"), fixture.at("other/sub"));
  // The root and the directory that it went to.
  const { asked, items } = await backedUp(fixture);
  assert.equal(asked, 2);
  assert.deepEqual(items, ["unmodified a", "unmodified other/d", "unmodified other/sub/b", "unmodified other/sub/deep/c"]);
});

test("runBackup() compares again when other files are left out than at the last backup", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  const exclude = { ...NO_EXCLUDES, patterns: ["b"] };
  const less = await fixture.backup({ request: { exclude } });
  assert.equal(less.summary.filesRemoved, 1);
  assert.deepEqual(
    Object.keys(await fixture.saved()),
    Object.keys(fixture.content()).filter((path) => path !== "sub/b"),
  );
  const { openNodes, asked } = counted(fixture);
  await fixture.backup({ request: { exclude }, openNodes });
  assert.equal(asked(), 0, "the same files are left out");
  assert.equal((await backedUp(fixture)).items.includes("new sub/b"), true);
});

test("runBackup() looks again at a file that could not be read, whatever the stamp of its directory", async () => {
  await using fixture = await BackupFixture.create();
  const tree = new MemoryTree();
  tree.put(byteStringOf("sub/a"), { content: Buffer.from("alpha") });
  tree.put(byteStringOf("sub/b"), { content: Buffer.from("beta") });
  const source = (fault: boolean): MemorySource => {
    const memory = new MemorySource("memory", tree);
    if (fault) memory.setFaults(byteStringOf("sub/b"), { open: new AppError({ code: "E_SOURCE_READ", what: "cannot open it" }) });
    return memory;
  };
  assert.equal((await fixture.backup({ memory: [source(true)] })).issues.length, 1);
  assert.equal((await fixture.backup({ memory: [source(true)] })).issues.length, 1, "it is tried each time");
  const { issues, items } = await fixture.backup({ memory: [source(false)] });
  assert.deepEqual([issues, items.map((item) => item.split(" ")[0])], [[], ["new", "unmodified"]]);
});

test("runBackup() reads a file again that may have changed unseen, whatever the stamp of its directory", async () => {
  await using fixture = await BackupFixture.create(FILES);
  // By this clock they were written after the backup began: their times prove nothing.
  await fixture.backup({ clock: { ...systemClock, nowNs: () => systemClock.nowNs() - 60_000_000_000n } });
  const { summary } = await fixture.backup();
  assert.equal(summary.filesUnmodified, 0);
  assert.equal((await fixture.backup()).summary.filesUnmodified, 4);
});

test("runBackup() gives stamps to a catalog that has none", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  const { nodes } = await openCatalog({ path: fixture.catalogPath, clock: systemClock });
  const [source] = await nodes.sources();
  const { sourceId, snapshot, rootId } = source ?? assert.fail();
  const stage = await nodes.stage(sourceId);
  const ids = [rootId, ...(await directoryIds(nodes, sourceId, rootId))];
  for (const row of await nodes.directories(sourceId, ids)) {
    const { stamp: _, ...bare } = row ?? assert.fail();
    await stage.putDirectories([bare]);
  }
  await stage.commit({ snapshot, rootId });
  await nodes.close();
  assert.equal((await backedUp(fixture)).asked, ids.length);
  assert.equal((await backedUp(fixture)).asked, 0);
});

test("runBackup() saves an empty directory that was not empty before, and one that is not empty any more", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  rmSync(fixture.at("sub/deep/c"));
  mkdirSync(fixture.at("other/empty/now"));
  await backedUp(fixture);
  assert.equal((await backedUp(fixture)).asked, 0);
});

async function directoryIds(nodes: NodeStore, sourceId: number, id: bigint): Promise<readonly bigint[]> {
  const [rows = []] = await nodes.children(sourceId, [id]);
  const found: bigint[] = [];
  for (const { kind, id: child } of rows) if (kind === 1) found.push(child, ...(await directoryIds(nodes, sourceId, child)));
  return found;
}
