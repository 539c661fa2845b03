import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  type PathLike,
} from "node:fs";
import { test } from "node:test";
import { sourceSuite, type SourceFixture, type SuiteItem } from "../../../test/support/source-suite.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, fromByteString, joinPath, type ByteString } from "../../shared/bytes.ts";
import { isAppError, type AppError } from "../../shared/errors.ts";
import { openReader, openSource } from "../open.ts";
import { writeAttribute } from "./libc-attributes.ts";
import * as libc from "./libc.ts";
import { LocalSource } from "./local-source.ts";
import { changeNodeTimes } from "./node-handle.ts";

const ROOT = "" as ByteString;
const bytes = byteStringOf;
const superuser = process.geteuid?.() === 0;

function putItem(root: ByteString, item: SuiteItem): void {
  const path = joinPath(root, item.path);
  const file: PathLike = fromByteString(path);
  if (item.kind === ENTRY_KIND.directory) mkdirSync(file, { recursive: true });
  else if (item.kind === ENTRY_KIND.symlink) symlinkSync(fromByteString(item.linkTarget ?? ROOT), file);
  else if (item.kind === ENTRY_KIND.fifo) execFileSync("mkfifo", [file.toString()]);
  else putContent(path, item);
  if (item.mode !== undefined) chmodSync(file, item.mode);
  if (item.kind === ENTRY_KIND.symlink || item.kind === ENTRY_KIND.fifo) return;
  const fd = libc.openAt(-100, path, libc.OPEN.read);
  for (const { name, value } of item.attributes ?? []) assert.equal(writeAttribute(fd, name, value), 0);
  if (item.modifiedNs !== undefined) changeNodeTimes(fd, item.modifiedNs, item.modifiedNs);
  libc.close(fd);
}

function putContent(path: ByteString, { content = new Uint8Array(0), extents = [{ offset: 0, length: content.length }] }: SuiteItem): void {
  writeFileSync(fromByteString(path), "");
  const fd = libc.openAt(-100, path, libc.OPEN.readWrite);
  for (const { offset, length } of extents) libc.writeAt(fd, content.subarray(offset, offset + length), offset);
  libc.truncate(fd, content.length);
  libc.close(fd);
}

/** Many names of one file: a new inode each costs a disk many times more. */
function makeNames(folder: string, names: readonly string[]): void {
  const [first, ...others] = names;
  writeFileSync(`${folder}/${first}`, "");
  for (const name of others) linkSync(`${folder}/${first}`, `${folder}/${name}`);
}

async function make(): Promise<SourceFixture> {
  const folder = await tempFolder("source");
  const root = bytes(folder.path);
  const source = await openSource(root);
  const at = (path: ByteString): Buffer => fromByteString(joinPath(root, path));
  return {
    source,
    openReader: () => openReader({ kind: "local", path: root }),
    put: async (item) => putItem(root, item),
    putNames: async (directory, names) => makeNames(`${folder.path}/${directory}`, names),
    link: async (existing, path) => linkSync(at(existing), at(path)),
    rename: async (from, to) => renameSync(at(from), at(to)),
    remove: async (path) => rmSync(at(path), { recursive: true }),
    [Symbol.asyncDispose]: async () => {
      await source.close();
      await folder.remove();
    },
  };
}

const features = { symlinks: true, specials: true, hardLinks: true, attributes: true, byteNames: true, holes: true, timeStepNs: 1n };
sourceSuite({ name: "local", features, make });

function failsWith(code: AppError["code"], work: () => unknown): void {
  assert.throws(work, (error) => isAppError(error, code));
}

test("openSource() is E_SOURCE_MISSING when the path does not exist, and shows it", async () => {
  await assert.rejects(
    openSource(bytes("/no/such/place")),
    (error) => isAppError(error, "E_SOURCE_MISSING") && error.what.includes("/no/such/place"),
  );
});

test("the root may be named through a symlink, and is resolved once", async () => {
  await using folder = await tempFolder("source");
  mkdirSync(`${folder.path}/real`);
  writeFileSync(`${folder.path}/real/file`, "x");
  symlinkSync("real", `${folder.path}/link`);
  const source = new LocalSource(bytes(`${folder.path}/link`));
  unlinkSync(`${folder.path}/link`);
  symlinkSync("/etc", `${folder.path}/link`);
  assert.deepEqual(
    [...source.list(ROOT)].flat().map(({ name }) => name),
    ["file"],
  );
  assert.equal(readlinkSync(`${folder.path}/link`), "/etc");
  source.close();
});

test("a single file can be the root: listed by root(), opened by the empty name", async () => {
  await using folder = await tempFolder("source");
  const path = bytes(`${folder.path}/single`);
  writeFileSync(fromByteString(path), "content");
  const source = new LocalSource(path);
  const root = source.root();
  assert.deepEqual([root.name, root.kind, root.size], ["single", ENTRY_KIND.file, 7]);
  assert.deepEqual(source.details(ROOT, ROOT, ENTRY_KIND.file), { attributes: [], linkTarget: "" });
  failsWith("E_SOURCE_CHANGED", () => [...source.list(ROOT)]);
  const reader = await openReader({ kind: "local", path });
  const open = await reader.open(ROOT, ROOT);
  const into = new Uint8Array(20);
  assert.equal(await open.read(into, 0), 7);
  await open.close();
  await reader.close();
  source.close();
});

test("list() notices that another directory stands where the known one was", async () => {
  await using folder = await tempFolder("source");
  for (const name of ["one", "two"]) mkdirSync(`${folder.path}/${name}`);
  const source = new LocalSource(bytes(folder.path));
  const { nodeId } = [...source.list(ROOT)].flat().find(({ name }) => name === "one") ?? assert.fail("listed");
  assert.deepEqual([...source.list(bytes("one"), { nodeId })], []);
  source.close();
  const fresh = new LocalSource(bytes(folder.path));
  renameSync(`${folder.path}/one`, `${folder.path}/gone`);
  renameSync(`${folder.path}/two`, `${folder.path}/one`);
  failsWith("E_SOURCE_CHANGED", () => [...fresh.list(bytes("one"), { nodeId })]);
  fresh.close();
});

test("list() of a directory removed while it is open fails instead of looking empty", async () => {
  await using folder = await tempFolder("source");
  mkdirSync(`${folder.path}/one`);
  const source = new LocalSource(bytes(folder.path));
  assert.deepEqual([...source.list(bytes("one"))], []);
  rmSync(`${folder.path}/one`, { recursive: true });
  failsWith("E_SOURCE_CHANGED", () => [...source.list(bytes("one"))]);
  source.close();
});

test("list() sees entries made since the last listing of the same directory", async () => {
  await using folder = await tempFolder("source");
  const source = new LocalSource(bytes(folder.path));
  assert.equal([...source.list(ROOT)].flat().length, 0);
  writeFileSync(`${folder.path}/new`, "");
  assert.equal([...source.list(ROOT)].flat().length, 1);
  source.close();
});

test("list() started and not finished leaves the directory to be listed again from its start", async () => {
  await using folder = await tempFolder("source");
  makeNames(
    folder.path,
    Array.from({ length: 1500 }, (_, at) => `f${at}`),
  );
  const source = new LocalSource(bytes(folder.path));
  for (const batch of source.list(ROOT)) {
    assert.ok(batch.length > 0);
    break;
  }
  assert.equal([...source.list(ROOT)].flat().length, 1500);
  source.close();
});

test("nodes of another device get ids and a file system of their own", async () => {
  const source = new LocalSource(bytes("/"));
  const proc = [...source.list(ROOT)].flat().find(({ name }) => name === "proc") ?? assert.fail("listed");
  const [inner] = [...source.list(bytes("proc"))].flat().filter(({ name }) => name === "uptime");
  assert.notEqual(proc.fileSystem, source.root().fileSystem);
  assert.equal(inner?.fileSystem, proc.fileSystem);
  assert.ok((inner?.nodeId ?? 0n) > 2n ** 40n, "an inode number of /proc is small, its mix is not");
  source.close();
});

test("ownerNames() knows root by name and nobody by a number without an account", async () => {
  await using folder = await tempFolder("source");
  const source = new LocalSource(bytes(folder.path));
  assert.deepEqual(source.ownerNames(0, 0), { user: "root", group: "root" });
  assert.deepEqual(source.ownerNames(3_999_999_999, 3_999_999_999), { user: "", group: "" });
  source.close();
});

test(
  "details() shows attributes of links and FIFOs without opening them",
  { skip: !superuser && "needs root for trusted attributes" },
  async () => {
    await using folder = await tempFolder("source");
    symlinkSync("nowhere", `${folder.path}/link`);
    execFileSync("mkfifo", [`${folder.path}/fifo`]);
    const directoryFd = libc.openAt(-100, bytes(folder.path), libc.OPEN.directory);
    const value = new Uint8Array(Buffer.from("v"));
    for (const name of ["link", "fifo"]) assert.equal(writeAttribute({ directoryFd, name: bytes(name) }, bytes("trusted.t"), value), 0);
    libc.close(directoryFd);
    const source = new LocalSource(bytes(folder.path));
    const attributes = [{ name: "trusted.t", value }];
    assert.deepEqual(source.details(ROOT, bytes("link"), ENTRY_KIND.symlink), { attributes, linkTarget: "nowhere" });
    assert.deepEqual(source.details(ROOT, bytes("fifo"), ENTRY_KIND.fifo), { attributes, linkTarget: "" });
    source.close();
  },
);
