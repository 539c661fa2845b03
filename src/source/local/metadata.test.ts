import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ACL_TAG, encodeAcl, encodeCapability } from "../../../test/support/posix-acl.ts";
import { makeEntry, putFile } from "../../../test/support/target-suite.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, toHex, type ByteString } from "../../shared/bytes.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import type { TargetEntry } from "../target.ts";
import { readAttributes } from "./attributes.ts";
import { writeAttribute } from "./libc-attributes.ts";
import * as libc from "./libc.ts";
import { LocalTarget, type LocalTargetSpec } from "./local-target.ts";

const ROOT = "" as ByteString;
const NOBODY = 65_534;
const bytes = byteStringOf;
const superuser = process.geteuid?.() === 0;
const needsRoot = { skip: !superuser && "needs root" };

function open(path: string, more: Partial<LocalTargetSpec> = {}): LocalTarget {
  return new LocalTarget({ kind: "local", path: bytes(path), owner: "numeric", privileged: true, ...more }, { random: seededRandom(5) });
}

function put(target: LocalTarget, name: string, more: Partial<TargetEntry>): readonly string[] {
  const file = target.createFile(ROOT, bytes(name), true);
  return file.finish(makeEntry(name, ENTRY_KIND.file, more)).map(({ message }) => message);
}

function attributesOf(path: string): Readonly<Record<string, string>> {
  const fd = libc.openAt(-100, bytes(path), libc.OPEN.read);
  const attributes = readAttributes(fd);
  libc.close(fd);
  assert.ok(typeof attributes !== "number");
  return Object.fromEntries(attributes.map(({ name, value }) => [name, toHex(value)]));
}

function setAttribute(path: string, name: string, value: Uint8Array): void {
  const fd = libc.openAt(-100, bytes(path), libc.OPEN.read);
  assert.equal(writeAttribute(fd, bytes(name), value), 0);
  libc.close(fd);
}

const LIST = encodeAcl([
  { tag: ACL_TAG.owner, permissions: 7 },
  { tag: ACL_TAG.user, permissions: 7, id: 1001 },
  { tag: ACL_TAG.owningGroup, permissions: 5 },
  { tag: ACL_TAG.mask, permissions: 7 },
  { tag: ACL_TAG.other, permissions: 5 },
]);

/** Runs `work` as a plain user; the files it makes are below a folder that this user owns. */
async function asNobody(work: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await tempFolder("plain");
  chownSync(folder.path, NOBODY, NOBODY);
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await work(folder.path);
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

describe("set-user-id and set-group-id bits", needsRoot, () => {
  test("come back with their owner, also when file capabilities come with them", async () => {
    await using folder = await tempFolder("metadata");
    const target = open(folder.path);
    const capability = { name: bytes("security.capability"), value: encodeCapability(13) };
    assert.deepEqual(put(target, "file", { uid: 1000, gid: 2000, mode: 0o6755, attributes: [capability] }), []);
    const { uid, gid, mode } = statSync(`${folder.path}/file`);
    assert.deepEqual([uid, gid, mode & 0o7777], [1000, 2000, 0o6755]);
    assert.deepEqual(Object.keys(attributesOf(`${folder.path}/file`)), ["security.capability"]);
    target.close();
  });

  test("are left out and reported when the owner is not restored and differs", async () => {
    await using folder = await tempFolder("metadata");
    const target = open(folder.path, { owner: "none" });
    assert.match(put(target, "both", { uid: 1000, gid: 2000, mode: 0o6755 }).join(), /left out the set-user-id/);
    assert.match(put(target, "group", { uid: 0, gid: 2000, mode: 0o6755 }).join(), /left out the set-user-id/);
    assert.deepEqual(put(target, "own", { uid: 0, gid: 0, mode: 0o6755 }), []);
    const modes = ["both", "group", "own"].map((name) => (statSync(`${folder.path}/${name}`).mode & 0o7777).toString(8));
    assert.deepEqual(modes, ["755", "4755", "6755"]);
    target.close();
  });

  test("and device nodes are left out and reported without privileges; set-group-id of directories stays", async () => {
    await using folder = await tempFolder("metadata");
    const target = open(folder.path, { privileged: false });
    assert.equal(put(target, "file", { mode: 0o4755 }).length, 1);
    assert.equal(statSync(`${folder.path}/file`).mode & 0o7777, 0o755);
    const attributes = [{ name: bytes("security.capability"), value: encodeCapability(13) }];
    assert.match(put(target, "file", { mode: 0o755, attributes }).join(), /left out the file capabilities of .*file/);
    assert.deepEqual(attributesOf(`${folder.path}/file`), {});
    const errors = target.makeSpecial(ROOT, makeEntry("null", ENTRY_KIND.characterDevice, { device: 259n }), false);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["E_TARGET"],
    );
    target.makeDirectory(ROOT, bytes("folder"), false);
    assert.deepEqual(target.finishDirectory(ROOT, bytes("folder"), makeEntry("folder", ENTRY_KIND.directory, { mode: 0o2775 })), []);
    assert.equal(statSync(`${folder.path}/folder`).mode & 0o7777, 0o2775);
    assert.deepEqual(readdirSync(folder.path).toSorted(), ["file", "folder"]);
    target.close();
  });
});

describe("owners", needsRoot, () => {
  test("are mapped by name where the name is known here, and else by number", async () => {
    await using folder = await tempFolder("metadata");
    const target = open(folder.path, { owner: "by-name" });
    put(target, "known", { uid: 4000, gid: 4000, user: "root", group: "daemon" });
    put(target, "unknown", { uid: 4000, gid: 4001, user: "no such user", group: "" });
    target.close();
    const owners = ["known", "unknown"].map((name) => [statSync(`${folder.path}/${name}`).uid, statSync(`${folder.path}/${name}`).gid]);
    assert.deepEqual(owners, [
      [0, 1],
      [4000, 4001],
    ]);
  });

  test("of new files are right in a set-group-id directory, which hands its group down", async () => {
    await using folder = await tempFolder("metadata");
    chownSync(folder.path, 0, 3000);
    chmodSync(folder.path, 0o2775);
    const target = open(folder.path);
    for (const gid of [0, 3000, 0]) put(target, `file ${gid}`, { uid: 0, gid });
    target.close();
    assert.deepEqual(
      [0, 3000].map((gid) => statSync(`${folder.path}/file ${gid}`).gid),
      [0, 3000],
    );
  });

  test("that a plain user cannot set are counted, and reported only when asked for", async () => {
    await asNobody(async (folder) => {
      const target = open(folder, { privileged: false });
      assert.deepEqual(put(target, "file", { uid: 1000, gid: 1000 }), []);
      assert.deepEqual(put(target, "own", {}), []);
      assert.equal(target.foreignOwners, 1);
      target.close();
      const strict = open(folder, { privileged: false, reportOwner: true });
      assert.match(put(strict, "strict", { uid: 1000, gid: 1000 }).join(), /set owner of .*strict/);
      strict.close();
      assert.equal(statSync(`${folder}/file`).uid, NOBODY);
    });
  });
});

describe("attributes", () => {
  test("that a new file inherits from its directory are removed again", async () => {
    await using folder = await tempFolder("metadata");
    setAttribute(folder.path, "system.posix_acl_default", LIST);
    const target = open(folder.path);
    assert.deepEqual(put(target, "plain", { mode: 0o640 }), []);
    assert.deepEqual(put(target, "listed", { mode: 0o775, attributes: [{ name: bytes("system.posix_acl_access"), value: LIST }] }), []);
    target.makeDirectory(ROOT, bytes("folder"), false);
    await putFile(target, "folder/inner", { content: "x" });
    target.finishDirectory(ROOT, bytes("folder"), makeEntry("folder", ENTRY_KIND.directory));
    assert.deepEqual(target.makeSpecial(ROOT, makeEntry("fifo", ENTRY_KIND.fifo, { mode: 0o600 }), false), []);
    target.close();
    assert.deepEqual(attributesOf(`${folder.path}/plain`), {});
    assert.deepEqual(attributesOf(`${folder.path}/folder`), {});
    assert.deepEqual(attributesOf(`${folder.path}/folder/inner`), {});
    assert.deepEqual(attributesOf(`${folder.path}/listed`), { "system.posix_acl_access": toHex(LIST) });
    assert.equal(statSync(`${folder.path}/plain`).mode & 0o7777, 0o640);
    assert.doesNotMatch(execFileSync("ls", ["-l", `${folder.path}/fifo`]).toString(), /^[^ ]+\+/);
  });

  test("of a mended file become exactly the entry's", async () => {
    await using folder = await tempFolder("metadata");
    const path = `${folder.path}/file`;
    writeFileSync(path, "x");
    for (const [name, value] of [
      ["user.extra", "1"],
      ["user.same", "2"],
      ["user.other", "3"],
    ] as const)
      setAttribute(path, name, Buffer.from(value));
    const target = open(folder.path);
    const attributes = ["user.same", "user.other", "user.new"].map((name) => ({
      name: bytes(name),
      value: new Uint8Array(Buffer.from("2")),
    }));
    assert.deepEqual(target.openExisting(ROOT, bytes("file"))?.finish(makeEntry("file", ENTRY_KIND.file, { attributes })), []);
    target.close();
    assert.deepEqual(attributesOf(path), { "user.same": "32", "user.other": "32", "user.new": "32" });
  });

  test("that the file system refuses are reported one by one, and everything else is applied", async () => {
    await using folder = await tempFolder("metadata");
    const target = open(folder.path);
    const attributes = ["nonsense.name", "user.good"].map((name) => ({ name: bytes(name), value: new Uint8Array(1) }));
    const errors = target.createFile(ROOT, bytes("file"), false).finish(makeEntry("file", ENTRY_KIND.file, { mode: 0o604, attributes }));
    assert.equal(errors.length, 1);
    assert.ok(isAppError(errors[0], "E_TARGET"));
    assert.match(errors[0].message, /set attribute nonsense.name of .*file/);
    assert.equal(statSync(`${folder.path}/file`).mode & 0o7777, 0o604);
    assert.deepEqual(Object.keys(attributesOf(`${folder.path}/file`)), ["user.good"]);
    target.close();
  });
});

describe("a plain user", needsRoot, () => {
  test("fills a directory that will be read-only, and one that already is", async () => {
    await asNobody(async (folder) => {
      mkdirSync(`${folder}/there`);
      chmodSync(`${folder}/there`, 0o500);
      const target = open(folder, { privileged: false });
      for (const name of ["there", "new"].map(bytes)) {
        target.makeDirectory(ROOT, name, false);
        await putFile(target, `${name}/file`, { content: "x" });
        assert.deepEqual(target.finishDirectory(ROOT, name, makeEntry(name, ENTRY_KIND.directory, { mode: 0o555 })), []);
      }
      assert.deepEqual(
        ["there", "new"].map((name) => lstatSync(`${folder}/${name}`).mode & 0o7777),
        [0o555, 0o555],
      );
      target.remove(ROOT, bytes("there"));
      assert.deepEqual(readdirSync(folder), ["new"]);
      target.close();
      chmodSync(`${folder}/new`, 0o755);
    });
  });

  test("compares and replaces his own read-only file, which cannot be mended", async () => {
    await asNobody(async (folder) => {
      const target = open(folder, { privileged: false });
      await putFile(target, "file", { content: "old", entry: { mode: 0o444 } });
      const file = target.openExisting(ROOT, bytes("file"));
      assert.ok(file !== undefined && !file.writable);
      assert.equal(file.read(new Uint8Array(9), 0), 3);
      assert.deepEqual(file.finish(makeEntry("file", ENTRY_KIND.file, { mode: 0o400 })), []);
      assert.equal(lstatSync(`${folder}/file`).mode & 0o7777, 0o400);
      chmodSync(`${folder}/file`, 0o200);
      assert.equal(target.openExisting(ROOT, bytes("file")), undefined);
      await putFile(target, "file", { content: "new", replace: true, entry: { mode: 0o444 } });
      target.close();
    });
  });

  test("gets E_TARGET_ROOT for a root he may not write to", async () => {
    await using folder = await tempFolder("metadata");
    chmodSync(folder.path, 0o755);
    await asNobody(async () => {
      assert.throws(
        () => open(folder.path),
        (error) => isAppError(error, "E_TARGET_ROOT"),
      );
      assert.throws(
        () => open(`${folder.path}/below`),
        (error) => isAppError(error, "E_TARGET_ROOT"),
      );
    });
  });
});

test("access times are restored beside modification times", async () => {
  await using folder = await tempFolder("metadata");
  const target = open(folder.path);
  put(target, "file", { accessedNs: -5n, modifiedNs: 4_000_000_000_000_000_007n });
  const node = target.look(ROOT, bytes("file"));
  assert.deepEqual([node?.accessedNs, node?.modifiedNs], [-5n, 4_000_000_000_000_000_007n]);
  target.close();
});
