import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { makeEntry, putFile, targetSuite, type TargetFixture } from "../../../test/support/target-suite.ts";
import { tempFolder, type TempFolder } from "../../../test/support/temp.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, fromByteString, joinPath, type ByteString } from "../../shared/bytes.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import { openTarget } from "../open.ts";
import { LocalTarget } from "./local-target.ts";

const ROOT = "" as ByteString;
const bytes = byteStringOf;

function open(path: string): LocalTarget {
  return new LocalTarget({ kind: "local", path: bytes(path), owner: "numeric", privileged: true }, { random: seededRandom(3) });
}

async function make(): Promise<TargetFixture> {
  const folder = await tempFolder("target");
  const target = await openTarget(
    { kind: "local", path: bytes(folder.path), owner: "numeric", privileged: true },
    { random: seededRandom(3) },
  );
  const at = (path: ByteString): Buffer => fromByteString(joinPath(bytes(folder.path), path));
  return {
    target,
    read: async (path) => readFileSync(at(path)),
    link: async (existing, path) => linkSync(at(existing), at(path)),
    [Symbol.asyncDispose]: async () => {
      await target.close();
      await folder.remove();
    },
  };
}

targetSuite({ name: "local", features: { symlinks: true, specials: true, hardLinks: true, timeStepNs: 1n }, make });

function failsWith(code: ErrorCode, work: () => unknown): void {
  assert.throws(work, (error) => isAppError(error, code));
}

/** A target folder beside a folder that must stay as it is. */
async function scene(): Promise<{ readonly folder: TempFolder; readonly inside: string; readonly outside: string } & AsyncDisposable> {
  const folder = await tempFolder("hostile");
  const [inside, outside] = [`${folder.path}/inside`, `${folder.path}/outside`];
  mkdirSync(inside);
  mkdirSync(`${outside}/deep`, { recursive: true });
  writeFileSync(`${outside}/file`, "precious");
  return { folder, inside, outside, [Symbol.asyncDispose]: () => folder.remove() };
}

function untouched(outside: string): void {
  assert.deepEqual(readdirSync(outside).toSorted(), ["deep", "file"]);
  assert.deepEqual(readdirSync(`${outside}/deep`), []);
  assert.equal(readFileSync(`${outside}/file`, "utf8"), "precious");
}

test("a symlink in place of a directory is refused by every call, first component or later", async () => {
  await using place = await scene();
  mkdirSync(`${place.inside}/real`);
  for (const link of ["link", "real/link"]) symlinkSync(place.outside, `${place.inside}/${link}`);
  for (const parent of ["link", "link/deep", "real/link", "real/link/deep"].map(bytes)) {
    const target = open(place.inside);
    failsWith("E_TARGET_UNSAFE", () => target.createFile(parent, bytes("file"), true));
    failsWith("E_TARGET_UNSAFE", () => target.makeDirectory(parent, bytes("made"), true));
    failsWith("E_TARGET_UNSAFE", () => target.makeSpecial(parent, makeEntry("made", ENTRY_KIND.fifo), true));
    failsWith("E_TARGET_UNSAFE", () => target.openExisting(parent, bytes("file")));
    failsWith("E_TARGET_UNSAFE", () => target.remove(parent, bytes("file")));
    failsWith("E_TARGET_UNSAFE", () => target.list(parent));
    failsWith("E_TARGET_UNSAFE", () => target.link(ROOT, bytes("made"), { directory: parent, name: bytes("file") }, true));
    target.close();
  }
  const target = open(place.inside);
  failsWith("E_TARGET_UNSAFE", () => target.finishDirectory(ROOT, bytes("link"), makeEntry("link", ENTRY_KIND.directory, { mode: 0 })));
  target.close();
  untouched(place.outside);
});

test("a directory exchanged for a symlink while it is in use is not followed", async () => {
  await using place = await scene();
  const target = open(place.inside);
  target.makeDirectory(ROOT, bytes("folder"), false);
  await putFile(target, "folder/before", { content: "x" });
  renameSync(`${place.inside}/folder`, `${place.inside}/moved`);
  symlinkSync(place.outside, `${place.inside}/folder`);
  await putFile(target, "folder/after", { content: "x" });
  assert.deepEqual(readdirSync(`${place.inside}/moved`).toSorted(), ["after", "before"]);
  target.makeDirectory(ROOT, bytes("folder"), true);
  assert.ok(lstatSync(`${place.inside}/folder`).isDirectory());
  await putFile(target, "folder/last", { content: "x" });
  assert.deepEqual(readdirSync(`${place.inside}/folder`), ["last"]);
  target.close();
  untouched(place.outside);
});

test("a root exchanged for a symlink after opening is not followed", async () => {
  await using place = await scene();
  const target = open(place.inside);
  renameSync(place.inside, `${place.folder.path}/moved`);
  symlinkSync(place.outside, place.inside);
  await putFile(target, "new", { content: "x" });
  assert.deepEqual(readdirSync(`${place.folder.path}/moved`), ["new"]);
  target.close();
  untouched(place.outside);
});

test("a file that is a symlink, a hard link or a FIFO is replaced and not written through", async () => {
  await using place = await scene();
  symlinkSync(`${place.outside}/file`, `${place.inside}/symlink`);
  linkSync(`${place.outside}/file`, `${place.inside}/hard link`);
  execFileSync("mkfifo", [`${place.inside}/fifo`]);
  const target = open(place.inside);
  for (const name of ["symlink", "hard link", "fifo"]) {
    assert.equal(target.openExisting(ROOT, bytes(name)), undefined);
    failsWith("E_TARGET_EXISTS", () => target.createFile(ROOT, bytes(name), false));
    await putFile(target, name, { content: "new", replace: true });
    assert.ok(lstatSync(`${place.inside}/${name}`).isFile());
    assert.equal(readFileSync(`${place.inside}/${name}`, "utf8"), "new");
  }
  target.close();
  untouched(place.outside);
});

test("link() to a symlink links the symlink, and remove() removes only the symlink", async () => {
  await using place = await scene();
  symlinkSync(`${place.outside}/file`, `${place.inside}/link`);
  mkdirSync(`${place.inside}/folder`);
  symlinkSync(place.outside, `${place.inside}/folder/to outside`);
  const target = open(place.inside);
  target.link(ROOT, bytes("second"), { directory: ROOT, name: bytes("link") }, false);
  assert.equal(readlinkSync(`${place.inside}/second`), `${place.outside}/file`);
  assert.equal(statSync(`${place.outside}/file`).nlink, 1);
  target.remove(ROOT, bytes("folder"));
  target.remove(ROOT, bytes("link"));
  assert.deepEqual(readdirSync(place.inside), ["second"]);
  target.close();
  untouched(place.outside);
});

test("metadata of a symlink goes to the symlink and not to what it points at", async () => {
  await using place = await scene();
  const before = statSync(`${place.outside}/file`, { bigint: true });
  const target = open(place.inside);
  const entry = makeEntry("link", ENTRY_KIND.symlink, {
    linkTarget: bytes(`${place.outside}/file`),
    mode: 0o777,
    uid: 77,
    gid: 77,
    attributes: [{ name: bytes("trusted.t"), value: new Uint8Array(1) }],
  });
  target.makeSpecial(ROOT, entry, false);
  target.close();
  const after = statSync(`${place.outside}/file`, { bigint: true });
  assert.deepEqual([after.ctimeNs, after.mode, after.uid], [before.ctimeNs, before.mode, before.uid]);
  assert.equal(
    execFileSync("find", [`${place.outside}/file`, "-newer", `${place.inside}/link`]).length > 0,
    before.mtimeNs > entry.modifiedNs,
  );
});

test("the root is made when missing, may be named through a symlink, and must be a directory", async () => {
  await using place = await scene();
  const target = open(`${place.inside}/made/for/us`);
  await putFile(target, "file", { content: "x" });
  target.close();
  symlinkSync("made/for", `${place.inside}/link`);
  open(`${place.inside}/link`).close();
  assert.equal(readFileSync(`${place.inside}/made/for/us/file`, "utf8"), "x");
  for (const path of [`${place.outside}/file`, `${place.outside}/file/below`]) failsWith("E_TARGET_ROOT", () => open(path));
});

test("list() hides what is being built and removes what a killed restore has left", async () => {
  await using place = await scene();
  const leftover = ".varve-restore-4194304999-5-0123456789abcdef";
  writeFileSync(`${place.inside}/${leftover}`, "half");
  writeFileSync(`${place.inside}/.varve-restore-notes`, "a user's own file");
  const target = open(place.inside);
  await putFile(target, "file", { content: "old" });
  const file = target.createFile(ROOT, bytes("file"), true);
  assert.deepEqual(
    target
      .list(ROOT)
      .map(({ name }) => name)
      .toSorted(),
    [".varve-restore-notes", "file"],
  );
  assert.equal(readdirSync(place.inside).length, 3);
  assert.ok(!existsSync(`${place.inside}/${leftover}`));
  file.abandon();
  assert.deepEqual(readdirSync(place.inside).toSorted(), [".varve-restore-notes", "file"]);
  target.close();
});

test("a name of 255 bytes can be replaced", async () => {
  await using place = await scene();
  const target = open(place.inside);
  const name = "n".repeat(255);
  await putFile(target, name, { content: "old" });
  await putFile(target, name, { content: "new", replace: true });
  assert.equal(readFileSync(`${place.inside}/${name}`, "utf8"), "new");
  failsWith("E_TARGET", () => target.createFile(ROOT, bytes("n".repeat(256)), false));
  target.close();
});

test("a failed makeSpecial() leaves alone what it was to replace", async () => {
  await using place = await scene();
  const target = open(place.inside);
  await putFile(target, "file", { content: "old" });
  failsWith("E_TARGET", () =>
    target.makeSpecial(ROOT, makeEntry("file", ENTRY_KIND.symlink, { linkTarget: bytes("x".repeat(5000)) }), true),
  );
  target.makeDirectory(ROOT, bytes("folder"), false);
  failsWith("E_TARGET_EXISTS", () => target.makeSpecial(ROOT, makeEntry("folder", ENTRY_KIND.fifo), true));
  assert.deepEqual(readdirSync(place.inside).toSorted(), ["file", "folder"]);
  assert.equal(readFileSync(`${place.inside}/file`, "utf8"), "old");
  target.close();
});

test("finish() that cannot replace fails, leaves what is there, and takes away what it built", async () => {
  await using place = await scene();
  const target = open(place.inside);
  await putFile(target, "file", { content: "old" });
  const file = target.createFile(ROOT, bytes("file"), true);
  target.remove(ROOT, bytes("file"));
  target.makeDirectory(ROOT, bytes("file"), false);
  failsWith("E_TARGET_EXISTS", () => file.finish(makeEntry("file", ENTRY_KIND.file)));
  assert.deepEqual(readdirSync(place.inside), ["file"]);
  assert.ok(lstatSync(`${place.inside}/file`).isDirectory());
  target.close();
});
