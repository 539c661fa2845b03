import assert from "node:assert/strict";
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../../../test/support/temp.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { ERRNO, errnoMeaning, errnoName } from "./errno.ts";
import { readExtents } from "./extents.ts";
import { listAttributeNames, readAttribute, removeAttribute, writeAttribute } from "./libc-attributes.ts";
import * as libc from "./libc.ts";
import { cString, lastErrno } from "./native.ts";
import { changeNodeMode } from "./node-handle.ts";

const bytes = byteStringOf;
const AT_CURRENT_FOLDER = -100;

function openFolder(path: string): number {
  return libc.openAt(AT_CURRENT_FOLDER, bytes(path), libc.OPEN.directory);
}

function failsWith(errno: keyof typeof ERRNO, result: number): void {
  assert.ok(result < 0);
  assert.equal(errnoName(lastErrno()), errno);
}

test("calls that fail give the system's own error number", async () => {
  await using folder = await tempFolder("libc");
  symlinkSync("x", `${folder.path}/link`);
  writeFileSync(`${folder.path}/file`, "");
  const fd = openFolder(folder.path);
  failsWith("ENOENT", libc.openAt(fd, bytes("nothing"), libc.OPEN.read));
  failsWith("ELOOP", libc.openAt(fd, bytes("link"), libc.OPEN.read));
  failsWith("ENOTDIR", libc.openAt(fd, bytes("file"), libc.OPEN.directory));
  failsWith("EEXIST", libc.createAt(fd, bytes("link"), 0o600));
  failsWith("EEXIST", libc.makeDirectoryAt(fd, bytes("file"), 0o700));
  failsWith("EISDIR", libc.unlinkAt(fd, bytes(".")));
  failsWith("EBADF", libc.close(-1));
  libc.close(fd);
});

test("names the kernel finds too long are ENAMETOOLONG, and never cut to a shorter one", async () => {
  await using folder = await tempFolder("libc");
  const fd = openFolder(folder.path);
  for (const length of [256, 4095, 4096, 4097, 100_000])
    failsWith("ENAMETOOLONG", libc.makeDirectoryAt(fd, bytes("n".repeat(length)), 0o700));
  failsWith("ENAMETOOLONG", libc.makeSymlinkAt(fd, bytes("link"), bytes("t".repeat(4096))));
  libc.close(fd);
});

test("cString() refuses NUL as a defect of ours", () => {
  assert.throws(() => cString("a\0b" as ByteString), /NUL/);
});

test("openDirectoryBeneath() opens a path in one call, and refuses symlinks and ways out", async () => {
  await using folder = await tempFolder("libc");
  mkdirSync(`${folder.path}/a/b/c`, { recursive: true });
  symlinkSync("b", `${folder.path}/a/link`);
  const fd = openFolder(`${folder.path}/a`);
  const inner = libc.openDirectoryBeneath(fd, bytes("b/c"));
  assert.ok(inner >= 0 || errnoName(lastErrno()) === "ENOSYS");
  if (inner >= 0) {
    failsWith("ELOOP", libc.openDirectoryBeneath(fd, bytes("link/c")));
    failsWith("EXDEV", libc.openDirectoryBeneath(fd, bytes("../a")));
    libc.close(inner);
  }
  libc.close(fd);
});

test("writeAt() and readAt() work at any position, beyond 4 GiB too", async () => {
  await using folder = await tempFolder("libc");
  const directoryFd = openFolder(folder.path);
  const fd = libc.createAt(directoryFd, bytes("file"), 0o600);
  const position = 2 ** 33 + 5;
  assert.equal(libc.writeAt(fd, Buffer.from("far"), position), 3);
  libc.close(fd);
  assert.equal(statSync(`${folder.path}/file`).size, position + 3);
  const back = libc.openAt(directoryFd, bytes("file"), libc.OPEN.read);
  const into = new Uint8Array(10);
  assert.equal(libc.readAt(back, into, position), 3);
  assert.deepEqual(readExtents(back, position + 3)?.valueOf(), [{ offset: 2 ** 33, length: 8 }]);
  libc.close(back);
  libc.close(directoryFd);
});

test("changeTimes() splits nanoseconds right on both sides of 1970", async () => {
  await using folder = await tempFolder("libc");
  writeFileSync(`${folder.path}/file`, "");
  const fd = libc.openAt(AT_CURRENT_FOLDER, bytes(`${folder.path}/file`), libc.OPEN.read);
  for (const ns of [-1n, -1_000_000_000n, -1_000_000_001n, 0n, 999_999_999n, 1_000_000_000n, 5_000_000_000_000_000_001n]) {
    assert.equal(libc.changeTimes(fd, ns - 1n, ns), 0);
    const { mtimeNs, atimeNs } = statSync(`${folder.path}/file`, { bigint: true });
    assert.deepEqual([atimeNs, mtimeNs], [ns - 1n, ns]);
  }
  libc.close(fd);
});

test("attributes can be set, listed, read and removed, by descriptor and by place", async () => {
  await using folder = await tempFolder("libc");
  writeFileSync(`${folder.path}/file`, "");
  const directoryFd = openFolder(folder.path);
  const fd = libc.openAt(directoryFd, bytes("file"), libc.OPEN.read);
  for (const node of [fd, { directoryFd, name: bytes("file") }]) {
    assert.equal(writeAttribute(node, bytes("user.one"), new Uint8Array([0, 1])), 0);
    assert.equal(writeAttribute(node, bytes("user.empty"), new Uint8Array(0)), 0);
    assert.deepEqual(listAttributeNames(node)?.toSorted(), ["user.empty", "user.one"]);
    assert.deepEqual(readAttribute(node, bytes("user.one")), new Uint8Array([0, 1]));
    assert.deepEqual(readAttribute(node, bytes("user.empty")), new Uint8Array(0));
    assert.equal(readAttribute(node, bytes("user.nothing")), undefined);
    assert.equal(errnoName(lastErrno()), "ENODATA");
    for (const name of ["user.one", "user.empty"]) assert.equal(removeAttribute(node, bytes(name)), 0);
    assert.deepEqual(listAttributeNames(node), []);
  }
  libc.close(fd);
  libc.close(directoryFd);
});

test("changeNodeMode() of a place changes the node and refuses a symlink", async () => {
  await using folder = await tempFolder("libc");
  writeFileSync(`${folder.path}/file`, "");
  symlinkSync("file", `${folder.path}/link`);
  linkSync(`${folder.path}/file`, `${folder.path}/other`);
  const directoryFd = openFolder(folder.path);
  assert.equal(changeNodeMode({ directoryFd, name: bytes("other") }, 0o604), 0);
  failsWith("ELOOP", changeNodeMode({ directoryFd, name: bytes("link") }, 0o777));
  failsWith("ENOENT", changeNodeMode({ directoryFd, name: bytes("nothing") }, 0o777));
  assert.equal(statSync(`${folder.path}/file`).mode & 0o7777, 0o604);
  libc.close(directoryFd);
});

test("readLinkAt() gives the longest target there is, and renameAt() moves over what is there", async () => {
  await using folder = await tempFolder("libc");
  const directoryFd = openFolder(folder.path);
  const target = bytes("t".repeat(4095));
  assert.equal(libc.makeSymlinkAt(directoryFd, bytes("link"), target), 0);
  assert.equal(libc.readLinkAt(directoryFd, bytes("link")), target);
  writeFileSync(`${folder.path}/file`, "moved");
  assert.equal(libc.renameAt({ directoryFd, name: bytes("file") }, { directoryFd, name: bytes("link") }), 0);
  assert.equal(readFileSync(`${folder.path}/link`, "utf8"), "moved");
  assert.equal(libc.readLinkAt(directoryFd, bytes("link")), undefined);
  libc.close(directoryFd);
});

test("errnoMeaning() explains known errors and names the rest", () => {
  assert.equal(errnoMeaning(ERRNO.ENOSPC), "no space is left on the device (ENOSPC)");
  assert.equal(errnoMeaning(ERRNO.ERANGE), "ERANGE");
  assert.equal(errnoMeaning(4321), "errno 4321");
});
