import assert from "node:assert/strict";
import { existsSync, fstatSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../../../test/support/temp.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { DirectoryHandles, isSafeName } from "./directory-handles.ts";
import { errnoName } from "./errno.ts";
import { OPEN, openAt } from "./libc.ts";

const bytes = byteStringOf;

function openHandles(path: string): DirectoryHandles {
  return new DirectoryHandles(openAt(-100, bytes(path), OPEN.directory), {
    cannotOpen: (directory, errno) => new AppError({ code: "E_TARGET", what: `${directory}: ${errnoName(errno)}` }),
    unsafePath: (directory) => new AppError({ code: "E_TARGET_UNSAFE", what: directory }),
  });
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

test("open() finds the right directory in whatever order they are asked for, and keeps few open", async () => {
  await using folder = await tempFolder("handles");
  const paths: ByteString[] = [];
  for (let a = 0; a < 6; a += 1) {
    for (let b = 0; b < 20; b += 1) {
      mkdirSync(`${folder.path}/a${a}/b${b}/c`, { recursive: true });
      paths.push(bytes(`a${a}`), bytes(`a${a}/b${b}`), bytes(`a${a}/b${b}/c`));
    }
  }
  const before = openDescriptors();
  const handles = openHandles(folder.path);
  for (let at = 0; at < 2000; at += 1) {
    const path = paths[(at * 7919) % paths.length] ?? bytes("a0");
    assert.equal(fstatSync(handles.open(path).fd).ino, statSync(`${folder.path}/${path}`).ino);
  }
  assert.ok(openDescriptors() - before <= 65, "64 and the root");
  handles.close();
  assert.equal(openDescriptors(), before);
});

test("a pinned handle stays open after it was pushed out or forgotten, and is closed when released", async () => {
  await using folder = await tempFolder("handles");
  for (let at = 0; at < 100; at += 1) mkdirSync(`${folder.path}/d${at}`);
  const handles = openHandles(folder.path);
  const before = openDescriptors();
  const first = handles.open(bytes("d0"));
  first.pins += 1;
  for (let at = 1; at < 100; at += 1) handles.open(bytes(`d${at}`));
  assert.equal(fstatSync(first.fd).ino, statSync(`${folder.path}/d0`).ino);
  assert.equal(openDescriptors() - before, 65);
  first.release();
  assert.equal(openDescriptors() - before, 64);
  handles.close();
});

test("forget() makes the next open() look again, below too", async () => {
  await using folder = await tempFolder("handles");
  mkdirSync(`${folder.path}/one/inner`, { recursive: true });
  mkdirSync(`${folder.path}/two/inner`, { recursive: true });
  const handles = openHandles(folder.path);
  const stale = fstatSync(handles.open(bytes("one/inner")).fd).ino;
  renameSync(`${folder.path}/one`, `${folder.path}/gone`);
  renameSync(`${folder.path}/two`, `${folder.path}/one`);
  assert.equal(fstatSync(handles.open(bytes("one/inner")).fd).ino, stale);
  handles.forget(bytes("one"));
  assert.equal(fstatSync(handles.open(bytes("one/inner")).fd).ino, statSync(`${folder.path}/one/inner`).ino);
  handles.close();
});

test("open() words failures by its owner, and takes no path that could lead elsewhere", async () => {
  await using folder = await tempFolder("handles");
  mkdirSync(`${folder.path}/a/b`, { recursive: true });
  const handles = openHandles(folder.path);
  assert.throws(() => handles.open(bytes("a/nothing/b")), { message: "a/nothing/b: ENOENT" });
  for (const path of ["..", "a/..", "a//b", "/a", "a/", "a/./b", "a\0"]) {
    assert.throws(
      () => handles.open(bytes(path)),
      (error) => isAppError(error, "E_TARGET_UNSAFE"),
      path,
    );
  }
  assert.ok(existsSync(`/proc/self/fd/${handles.open(bytes("")).fd}`));
  handles.close();
});

test("isSafeName() takes every name a file system stores", () => {
  for (const name of ["a", "...", ".a", "a\nb", "\xff", "-", " "]) assert.ok(isSafeName(name as ByteString), name);
  for (const name of ["", ".", "..", "a/b", "/", "\0"]) assert.ok(!isSafeName(name as ByteString), name);
});
