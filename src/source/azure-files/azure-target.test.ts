import assert from "node:assert/strict";
import { test } from "node:test";
import { emulatedShare, type EmulatedShare } from "../../../test/support/emulated-share.ts";
import { directoryIn, fileIn, fillShare, putFile as putWithSdk } from "../../../test/support/share-tree.ts";
import { makeEntry, putFile } from "../../../test/support/target-suite.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { systemClock } from "../../shared/clock.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom, systemRandom } from "../../shared/random.ts";
import { AzureTarget } from "./azure-target.ts";

const bytes = byteStringOf;
const ROOT = bytes("");

async function open(shared: EmulatedShare, path = ""): Promise<AzureTarget> {
  return await AzureTarget.open({ ...shared.spec, path, variables: "VARVE_TARGET" }, { clock: systemClock, random: systemRandom });
}

async function fails(code: ErrorCode, work: () => unknown): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error) => isAppError(error, code),
  );
}

async function contentOf(shared: EmulatedShare, path: string): Promise<string> {
  return (await fileIn(shared.share, path).downloadToBuffer()).toString();
}

test("AzureTarget makes a small file with everything in one request", async () => {
  await using shared = await emulatedShare();
  const target = await open(shared);
  shared.requests();
  await putFile(target, "file", { content: "content", entry: { mode: 0o400 } });
  assert.deepEqual(shared.requests(), { CreateFile: 1 });
  assert.equal(await contentOf(shared, "file"), "content");
  const facts = (await fileIn(shared.share, "file").getProperties())._response.headers.toJson();
  assert.equal(facts["x-ms-file-last-write-time"], "2026-01-02T03:04:05.6789012Z");
  assert.equal(facts["x-ms-file-attributes"], "ReadOnly | Archive");
});

test("AzureTarget writes a large file in ranges, in any order, and leaves holes", async () => {
  await using shared = await emulatedShare();
  const target = await open(shared);
  const content = Buffer.alloc(12_000_000);
  content.set(seededRandom(1).bytes(5_000_000), 6_000_000);
  content.set(seededRandom(2).bytes(100), 0);
  const file = target.createFile(ROOT, bytes("large"), false);
  file.reserve?.(content.length);
  await file.write(content.subarray(6_000_000, 11_000_000), 6_000_000);
  await file.write(content.subarray(0, 100), 0);
  assert.deepEqual(await file.finish(makeEntry("large", ENTRY_KIND.file, { size: content.length })), []);
  const made = fileIn(shared.share, "large");
  assert.ok((await made.downloadToBuffer()).equals(content));
  const { rangeList } = await made.getRangeList();
  assert.ok(rangeList.reduce((sum, { start, end }) => sum + end - start + 1, 0) < 5_100_000, "the rest are holes");
  assert.equal((await made.getProperties())._response.headers.get("x-ms-file-last-write-time"), "2026-01-02T03:04:05.6789012Z");
});

test("AzureTarget replaces a file only when it is finished, even one that is read-only", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { "a/": "" });
  await putWithSdk(shared.share, "a/file", { content: "old", fileAttributes: "ReadOnly" as never });
  const target = await open(shared, "a");
  const large = target.createFile(ROOT, bytes("file"), true);
  large.reserve?.(5_000_000);
  await large.write(new Uint8Array(5_000_000).fill(7), 0);
  assert.equal(await contentOf(shared, "a/file"), "old");
  await large.abandon();
  assert.deepEqual(
    (await target.list(ROOT)).map(({ name }) => name),
    ["file"],
  );
  await putFile(target, "file", { content: "small", replace: true });
  assert.equal(await contentOf(shared, "a/file"), "small");
});

test("AzureTarget mends a file that is there, and removes trees", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { file: "aaaabbbbcccc", "tree/a/b": "1", "tree/c": "2" });
  const target = await open(shared);
  const file = await target.openExisting(ROOT, bytes("file"));
  assert.ok(file !== undefined);
  const into = new Uint8Array(4);
  assert.equal(await file.read(into, 4), 4);
  assert.equal(Buffer.from(into).toString(), "bbbb");
  await file.write(Buffer.from("BB"), 4);
  await file.truncate(8);
  await file.finish(makeEntry("file", ENTRY_KIND.file, { size: 8 }));
  assert.equal(await contentOf(shared, "file"), "aaaaBBbb");
  await target.remove(ROOT, bytes("tree"));
  await target.remove(ROOT, bytes("nothing"));
  assert.equal(await directoryIn(shared.share, "tree").exists(), false);
  assert.equal(await target.openExisting(ROOT, bytes("nothing")), undefined);
});

test("AzureTarget makes directories, and says what is in the way", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { Taken: "x", "there/": "" });
  const target = await open(shared, "new/root");
  assert.ok(await directoryIn(shared.share, "new/root").exists(), "the root is made");
  const whole = await open(shared);
  assert.equal(await whole.makeDirectory(ROOT, bytes("made"), false), "created");
  assert.equal(await whole.makeDirectory(ROOT, bytes("there"), false), "exists");
  await fails("E_TARGET_EXISTS", () => whole.makeDirectory(ROOT, bytes("Taken"), false));
  assert.equal(await whole.makeDirectory(ROOT, bytes("Taken"), true), "created");
  assert.equal((await whole.look(ROOT, bytes("tHERE")))?.kind, ENTRY_KIND.directory);
  await fails("E_TARGET", () => target.makeSpecial(ROOT, makeEntry("link", ENTRY_KIND.symlink), false));
});

test("AzureTarget makes further names of a file copies of it", async () => {
  await using shared = await emulatedShare();
  const target = await open(shared);
  await putFile(target, "first", { content: "shared" });
  await target.link(ROOT, bytes("second"), { directory: ROOT, name: bytes("first") });
  assert.equal(await contentOf(shared, "second"), "shared");
});

for (const name of ["..", ".", "", "a/../..", "a\0b", "a:b", "a\\b", "\xff", "x".repeat(256)]) {
  test(`AzureTarget refuses the name ${JSON.stringify(name.slice(0, 12))} in every call`, async () => {
    await using shared = await emulatedShare();
    const target = await open(shared, "inside");
    const bad = name as ByteString;
    const calls: readonly (() => unknown)[] = [
      () => target.makeDirectory(ROOT, bad, true),
      () => target.createFile(ROOT, bad, true),
      () => target.openExisting(ROOT, bad),
      () => target.makeSpecial(ROOT, { ...makeEntry("x", ENTRY_KIND.fifo), name: bad }, true),
      () => target.link(ROOT, bad, { directory: ROOT, name: bytes("a") }),
      () => target.link(ROOT, bytes("x"), { directory: ROOT, name: bad }),
      () => target.remove(ROOT, bad),
      () => target.look(ROOT, bad),
      () => target.createFile(`a/${bad}` as ByteString, bytes("x"), true),
    ];
    for (const call of calls) await fails("E_TARGET_UNSAFE", call);
  });
}
