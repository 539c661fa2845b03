import assert from "node:assert/strict";
import { test } from "node:test";
import { steadyClock } from "../../protocol/clock.ts";
import type { ByteRange, View } from "../backend.ts";
import type { NodeRecord } from "../node-record.ts";
import { parseSpec } from "./spec.ts";
import { openSyntheticBackend, type SyntheticBackend } from "./synthetic-backend.ts";

const SPEC = "files=2000,dirs=150,seed=7,churn=0.1,cap=2M";
const LIVE: View = { share: "synthetic", snapshot: undefined };

const open = (spec = SPEC): SyntheticBackend =>
  openSyntheticBackend(
    parseSpec(spec),
    steadyClock(() => 1_770_000_000_000),
  );

/** Every node of a view by its path, read page by page. */
async function walk(backend: SyntheticBackend, view: View, countMax = 7): Promise<ReadonlyMap<string, NodeRecord>> {
  const found = new Map<string, NodeRecord>();
  const visit = async (directoryId: bigint, prefix: string): Promise<void> => {
    let after: string | undefined;
    do {
      const page = await backend.tree.list(view, directoryId, { prefix: "", after, countMax });
      assert.ok(page.nodes.length <= countMax);
      for (const node of page.nodes) {
        assert.ok(!found.has(prefix + node.name), node.name);
        found.set(prefix + node.name, node);
        if (node.kind === "directory") await visit(node.fileId, `${prefix}${node.name}/`);
      }
      after = page.next;
    } while (after !== undefined);
  };
  await visit(0n, "");
  return found;
}

async function bytesOf(
  backend: SyntheticBackend,
  view: View,
  { fileId, size, range = { offset: 0, length: size } }: NodeRecord & { readonly range?: ByteRange },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await backend.content.read(view, fileId, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const files = (nodes: ReadonlyMap<string, NodeRecord>): readonly NodeRecord[] => [...nodes.values()].filter((node) => node.kind === "file");

test("a synthetic share has as many files and directories as its spec says, in order of their names", async () => {
  const nodes = await walk(open(), LIVE);
  assert.equal(files(nodes).length, 2000);
  assert.equal(nodes.size - 2000, 150);
  const root = await open().tree.list(LIVE, 0n, { prefix: "", after: undefined, countMax: 5000 });
  const names = root.nodes.map((node) => node.name);
  assert.deepEqual(names, [...names].sort());
  assert.equal(new Set([...nodes.values()].map((node) => node.fileId)).size, 2150);
});

test("a synthetic share is the same for the same spec, whatever the page size, and another for another seed", async () => {
  assert.deepEqual(await walk(open(), LIVE, 5000), await walk(open(), LIVE, 3));
  assert.notDeepEqual([...(await walk(open("files=2000,dirs=150,seed=8"), LIVE)).keys()], [...(await walk(open(), LIVE)).keys()]);
});

test("find(), get() and pathOf() agree with the listing, in any case of letters", async () => {
  const backend = open();
  for (const [path, node] of await walk(backend, LIVE)) {
    const names = path.split("/");
    const found = await backend.tree.find(
      LIVE,
      names.map((name) => name.replace(/[a-zäöü]/g, (letter) => letter.toUpperCase())),
    );
    assert.deepEqual(found.node, node, path);
    assert.equal(found.parent?.fileId, node.parentId);
    assert.deepEqual(await backend.tree.get(LIVE, node.fileId), node);
    assert.deepEqual(await backend.tree.pathOf(LIVE, node.fileId), names);
  }
  assert.equal((await backend.tree.find(LIVE, [])).node?.fileId, 0n);
  for (const path of [["no"], ["9999999 report.txt"], ["no", "no"], ["d000000 wrong"], ["0000000"]]) {
    assert.equal((await backend.tree.find(LIVE, path)).node, undefined, path.join("/"));
  }
  assert.equal((await backend.tree.find(LIVE, ["no", "no"])).parent, undefined);
});

test("list() filters by prefix and goes on where the page before ended", async () => {
  const backend = open("files=50,dirs=0");
  const all = await backend.tree.list(LIVE, 0n, { prefix: "", after: undefined, countMax: 5000 });
  const some = await backend.tree.list(LIVE, 0n, { prefix: "000001", after: undefined, countMax: 4 });
  assert.deepEqual(some.nodes, all.nodes.filter(({ name }) => name.startsWith("000001")).slice(0, 4));
  const rest = await backend.tree.list(LIVE, 0n, { prefix: "000001", after: some.next, countMax: 5000 });
  assert.equal(some.nodes.length + rest.nodes.length, 10);
  await assert.rejects(backend.tree.list(LIVE, 0n, { prefix: "", after: "x", countMax: 1 }), { code: "InvalidQueryParameterValue" });
});

test("content is the same however it is read, and as long as the size says", async () => {
  const backend = open();
  const large = files(await walk(backend, LIVE)).toSorted((a, b) => b.size - a.size)[0] ?? assert.fail("no file");
  assert.ok(large.size > 1_000_000, "a file of several chunks");
  const whole = await bytesOf(backend, LIVE, large);
  assert.equal(whole.length, large.size);
  for (const [offset, length] of [
    [0, 1],
    [511, 2],
    [262_143, 3],
    [100_000, 400_001],
    [large.size - 1, 1],
    [5, 0],
  ] as const) {
    assert.deepEqual(await bytesOf(backend, LIVE, { ...large, range: { offset, length } }), whole.subarray(offset, offset + length));
  }
  assert.deepEqual(await backend.content.ranges(LIVE, large.fileId, { offset: 10, length: 1e9 }), [
    { offset: 10, length: large.size - 10 },
  ]);
});

test("sizes have the asked-for median, some are empty, and duplicates share their content", async () => {
  const backend = open("files=4000,dirs=10,median=1000,sigma=1,duplicates=0.5");
  const nodes = files(await walk(backend, LIVE));
  const sizes = nodes.map((node) => node.size).toSorted((a, b) => a - b);
  const median = sizes[2000] ?? 0;
  assert.ok(median > 850 && median < 1150, String(median));
  assert.ok(sizes.filter((size) => size === 0).length > 20);
  const bySize = Map.groupBy(nodes, (node) => node.size);
  const pairs = [...bySize.values()].filter((same) => same.length === 2 && (same[0]?.size ?? 0) > 3000).slice(0, 40);
  const equal = await Promise.all(
    pairs.map(async (same) => {
      const [a, b] = await Promise.all(same.map((node) => bytesOf(backend, LIVE, node)));
      return a !== undefined && b !== undefined && a.equals(b);
    }),
  );
  assert.ok(equal.filter(Boolean).length > 10, `${equal.filter(Boolean).length} of ${pairs.length}`);
});

/** What became of files from generation 0 to another, by file id and by path. */
async function compare(backend: SyntheticBackend, generation: number) {
  const old = await walk(backend, LIVE, 5000);
  const { snapshot } = await backend.snapshots.create("synthetic", { metadata: {}, countMax: 200 });
  backend.setGeneration(generation);
  const now = await walk(backend, LIVE, 5000);
  const byId = new Map(files(now).map((node) => [node.fileId, node]));
  const kept = files(old).flatMap((before) => {
    const after = byId.get(before.fileId);
    return after === undefined ? [] : [{ before, after }];
  });
  return { old, now, kept, view: { share: "synthetic", snapshot } satisfies View, snapshot };
}

test("a generation edits, touches, renames, replaces, removes and adds files, about as many as the churn says", async () => {
  const { old, now, kept } = await compare(open(), 1);
  const oldIds = new Set(files(old).map((node) => node.fileId));
  const count = (test: (pair: (typeof kept)[number]) => boolean): number => kept.filter(test).length;
  const renamed = count(({ before, after }) => before.name !== after.name);
  const edited = count(({ before, after }) => before.times.written !== after.times.written && before.size === after.size);
  const grown = count(({ before, after }) => before.size < after.size);
  const touched = count(
    ({ before, after }) =>
      before.times.changed !== after.times.changed && before.times.written === after.times.written && before.name === after.name,
  );
  const fresh = files(now).filter((node) => !oldIds.has(node.fileId)).length;
  const gone = files(old).length - kept.length;
  assert.ok(renamed > 8 && edited > 40 && grown > 15 && touched > 8, JSON.stringify({ renamed, edited, grown, touched }));
  assert.ok(fresh > 30 && gone > 30, JSON.stringify({ fresh, gone }));
  const all = renamed + edited + grown + touched + gone;
  assert.ok(all > 140 && all < 270, String(all));
  assert.ok(Math.abs(files(now).length - 2000) < 60, String(files(now).length));
});

test("a snapshot stays in its generation, and a replaced file is not the file it was", async () => {
  const backend = open();
  const { old, now, view } = await compare(backend, 3);
  assert.deepEqual(await walk(backend, view, 5000), old);
  const replaced = [...old].filter(([path, node]) => node.kind === "file" && now.has(path) && now.get(path)?.fileId !== node.fileId);
  assert.ok(replaced.length > 10);
  for (const [, node] of replaced) assert.equal(await backend.tree.get(LIVE, node.fileId), undefined);
});

test("changes() names exactly what differs from the snapshot, and the ETag moves with every change", async () => {
  const backend = open();
  const { kept, view, snapshot } = await compare(backend, 4);
  let partial = 0;
  for (const { before, after } of kept.filter(({ after }) => after.size < 1_500_000)) {
    const [was, is] = [await bytesOf(backend, view, before), await bytesOf(backend, LIVE, after)];
    const { written } = await backend.content.changes(LIVE, after.fileId, { since: snapshot, window: { offset: 0, length: after.size } });
    const rebuilt = Buffer.concat([was, Buffer.alloc(after.size - was.length)]);
    for (const { offset, length } of written) is.copy(rebuilt, offset, offset, offset + length);
    assert.ok(rebuilt.equals(is), after.name);
    assert.equal(written.length > 0, after.times.written !== before.times.written && after.size > 0, after.name);
    if (before.etag === after.etag) assert.deepEqual(after, before);
    if (written.length > 0 && (written[0]?.length ?? 0) < after.size / 2 && was.length === is.length) partial += 1;
  }
  assert.ok(partial > 3, `${partial} large files with small changes`);
});

test("times have 100 ns, and descriptors are found by every key that a node shows", async () => {
  const backend = open();
  const nodes = [...(await walk(backend, LIVE, 5000)).values()];
  assert.ok(nodes.filter(({ times }) => times.written % 10_000n !== 0n).length > nodes.length * 0.9);
  assert.ok(nodes.every(({ times }) => times.created <= times.written && times.written <= times.changed));
  const keys = new Set(nodes.map((node) => node.permissionKey));
  assert.ok(keys.size > 20 && keys.size <= 200);
  for (const key of keys) assert.match((await backend.permissions.get("synthetic", key))?.text ?? "", /^O:BAG:S-1-5-21/);
  assert.equal(await backend.permissions.get("synthetic", "1*2"), undefined);
});

test("a synthetic share refuses writes, other shares, unknown snapshots and impossible generations", async () => {
  const backend = open();
  await assert.rejects(backend.writer.remove({ share: "synthetic", parentId: 0n, name: "x" }), { code: "NotImplemented" });
  await assert.rejects(backend.tree.find({ share: "other", snapshot: undefined }, []), { code: "ShareNotFound" });
  await assert.rejects(backend.tree.find({ share: "synthetic", snapshot: "2026" }, []), { code: "ShareSnapshotNotFound" });
  await assert.rejects(backend.content.read(LIVE, 12345n, { offset: 0, length: 1 }), { code: "ResourceNotFound" });
  await assert.rejects(backend.tree.list(LIVE, 1n << 62n, { prefix: "", after: undefined, countMax: 1 }), { code: "ResourceNotFound" });
  for (const generation of [-1, 1.5, 1001, Number.NaN]) assert.throws(() => backend.setGeneration(generation), RangeError);
});

test("snapshots are listed, limited and deleted", async () => {
  const backend = open("files=1,dirs=0");
  const limits = { metadata: { a: "b" }, countMax: 2 };
  const first = await backend.snapshots.create("synthetic", limits);
  const second = await backend.snapshots.create("synthetic", limits);
  assert.ok(first.snapshot < second.snapshot);
  await assert.rejects(backend.snapshots.create("synthetic", limits), { code: "ShareSnapshotCountExceeded" });
  await backend.snapshots.delete("synthetic", first.snapshot);
  assert.deepEqual(await backend.snapshots.list("synthetic"), [second]);
  assert.equal(await backend.snapshots.get("synthetic", first.snapshot), undefined);
  await assert.rejects(backend.snapshots.delete("synthetic", first.snapshot), { code: "ShareSnapshotNotFound" });
});
