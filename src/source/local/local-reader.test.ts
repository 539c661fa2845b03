import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, renameSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../../../test/support/temp.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { isAppError } from "../../shared/errors.ts";
import { LocalReader } from "./local-reader.ts";
import { LocalSource } from "./local-source.ts";

const ROOT = "" as ByteString;
const NOBODY = 65_534;
const bytes = byteStringOf;
const superuser = process.geteuid?.() === 0;
const needsRoot = { skip: !superuser && "needs root" };

/** Runs `work` as a user who owns nothing. */
function asNobody<T>(work: () => T): T {
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

test("reading leaves the access time alone", async () => {
  await using folder = await tempFolder("reader");
  writeFileSync(`${folder.path}/file`, "content");
  utimesSync(`${folder.path}/file`, 1000, 1_700_000_000);
  const reader = new LocalReader(bytes(folder.path));
  const content = reader.open(ROOT, bytes("file"));
  assert.equal(content.read(new Uint8Array(10), 0), 7);
  content.close();
  reader.close();
  assert.equal(statSync(`${folder.path}/file`).atimeMs, 1_000_000);
});

test("open() reads files of other users, whose access time it may not spare", needsRoot, async () => {
  await using folder = await tempFolder("reader");
  chmodSync(folder.path, 0o755);
  writeFileSync(`${folder.path}/readable`, "content", { mode: 0o644 });
  writeFileSync(`${folder.path}/secret`, "content", { mode: 0o600 });
  asNobody(() => {
    const reader = new LocalReader(bytes(folder.path));
    const content = reader.open(ROOT, bytes("readable"));
    assert.equal(content.read(new Uint8Array(10), 0), 7);
    content.close();
    assert.throws(
      () => reader.open(ROOT, bytes("secret")),
      (error) => isAppError(error, "E_SOURCE_READ") && error.data["errno"] === "EACCES" && error.hint !== "",
    );
    reader.close();
  });
});

test("list() tells of entries it may not look at, and fails when nobody listens", needsRoot, async () => {
  await using folder = await tempFolder("reader");
  chownSync(folder.path, NOBODY, NOBODY);
  mkdirSync(`${folder.path}/half`);
  writeFileSync(`${folder.path}/half/file`, "");
  chownSync(`${folder.path}/half`, NOBODY, NOBODY);
  chmodSync(`${folder.path}/half`, 0o400);
  asNobody(() => {
    const source = new LocalSource(bytes(folder.path));
    const told: string[] = [];
    const nodes = [...source.list(bytes("half"), { onError: (name, error) => told.push(`${name} ${error.code}`) })].flat();
    assert.deepEqual([nodes, told], [[], ["file E_SOURCE_READ"]]);
    assert.throws(
      () => [...source.list(bytes("half"))],
      (error) => isAppError(error, "E_SOURCE_READ") && error.what.endsWith("half/file"),
    );
    source.close();
  });
});

test("open() does not follow a directory that became a symlink", async () => {
  await using folder = await tempFolder("reader");
  mkdirSync(`${folder.path}/folder`);
  mkdirSync(`${folder.path}/elsewhere`);
  for (const name of ["folder", "elsewhere"]) writeFileSync(`${folder.path}/${name}/file`, name);
  const reader = new LocalReader(bytes(folder.path));
  renameSync(`${folder.path}/folder`, `${folder.path}/moved`);
  symlinkSync("elsewhere", `${folder.path}/folder`);
  assert.throws(
    () => reader.open(bytes("folder"), bytes("file")),
    (error) => isAppError(error, "E_SOURCE_CHANGED"),
  );
  reader.close();
});

test("a file removed while it is open can be read to its end", async () => {
  await using folder = await tempFolder("reader");
  writeFileSync(`${folder.path}/file`, "content");
  const reader = new LocalReader(bytes(folder.path));
  const content = reader.open(ROOT, bytes("file"));
  const before = content.stat();
  unlinkSync(`${folder.path}/file`);
  assert.equal(content.read(new Uint8Array(10), 0), 7);
  const after = content.stat();
  assert.deepEqual([after.links, after.changeToken === before.changeToken], [0, false]);
  content.close();
  reader.close();
});
