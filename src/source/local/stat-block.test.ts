import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, statSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf } from "../../shared/bytes.ts";
import { statAt } from "./libc.ts";
import { makeDevice, mixNodeId, StatArena, type LocalNode } from "./stat-block.ts";

const AT_CURRENT_FOLDER = -100;

function statPath(arena: StatArena, path: string): LocalNode {
  assert.equal(statAt(AT_CURRENT_FOLDER, byteStringOf(path), arena.next()), 0);
  return arena.keep(byteStringOf(path));
}

test("a node says the same as Node's lstat, for files, directories, links and devices", () => {
  const arena = new StatArena();
  const link = "/proc/self/exe";
  for (const path of [process.execPath, "/", "/tmp", link, "/dev/null"]) {
    const node = statPath(arena, path);
    const expected = lstatSync(path, { bigint: true });
    assert.equal(node.mode, Number(expected.mode & 0o7777n));
    assert.deepEqual([node.uid, node.gid, node.links], [Number(expected.uid), Number(expected.gid), Number(expected.nlink)]);
    assert.deepEqual([BigInt(node.size), BigInt(node.allocatedBytes)], [expected.size, expected.blocks * 512n]);
    assert.deepEqual([node.device, node.fileSystem], [expected.rdev, expected.dev]);
    if (path !== link)
      assert.deepEqual([node.modifiedNs, node.changedNs, node.changeToken], [expected.mtimeNs, expected.ctimeNs, expected.ctimeNs]);
  }
  assert.deepEqual(
    [process.execPath, "/", link, "/dev/null"].map((path) => statPath(arena, path).kind),
    [ENTRY_KIND.file, ENTRY_KIND.directory, ENTRY_KIND.symlink, ENTRY_KIND.characterDevice],
  );
});

test("records that lie close together do not change each other, over many blocks", () => {
  const arena = new StatArena();
  const paths = ["/", "/tmp", "/etc", process.execPath];
  const nodes = Array.from({ length: 2000 }, (_, at) => statPath(arena, paths[at % paths.length] ?? "/"));
  const inodes = paths.map((path) => statSync(path, { bigint: true }).ino);
  const root = statPath(arena, "/");
  for (const [at, node] of nodes.entries()) {
    if (node.fileSystem !== root.fileSystem) continue;
    arena.device = root.rootDevice;
    assert.equal(statPath(arena, node.name).nodeId, inodes[at % paths.length]);
  }
});

test("nodeId is the inode on the root's device and a mix elsewhere", () => {
  const arena = new StatArena();
  assert.equal(statPath(arena, "/tmp").nodeId, mixNodeId(statPath(arena, "/tmp").fileSystem, statSync("/tmp", { bigint: true }).ino));
  arena.device = statPath(arena, "/tmp").rootDevice;
  assert.equal(statPath(arena, "/tmp").nodeId, statSync("/tmp", { bigint: true }).ino);
});

test("makeDevice() packs as the C library does", () => {
  for (const [major, minor] of [
    [1, 3],
    [259, 70_000],
    [0xfff, 0xfffff],
  ] as const) {
    const packed = makeDevice(major, minor);
    assert.equal(Number((packed >> 8n) & 0xfffn), major & 0xfff);
    assert.equal(Number((packed & 0xffn) | ((packed >> 12n) & 0xfff00n)), minor);
  }
  assert.equal(execFileSync("stat", ["-c", "%t:%T", "/dev/null"]).toString().trim(), "1:3");
  assert.equal(makeDevice(1, 3), lstatSync("/dev/null", { bigint: true }).rdev);
});

test("mixNodeId() stays within 64 bits and keeps different nodes apart", () => {
  const node = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 32n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  fc.assert(
    fc.property(node, node, (one, other) => {
      const mixed = mixNodeId(...one);
      assert.ok(mixed >= 0n && mixed < 2n ** 64n);
      assert.equal(mixed === mixNodeId(...other), one[0] === other[0] && one[1] === other[1]);
    }),
  );
});
