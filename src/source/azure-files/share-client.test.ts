import assert from "node:assert/strict";
import { test } from "node:test";
import { emulatedShare, type EmulatedShare, faults } from "../../../test/support/emulated-share.ts";
import { fileIn, fillShare } from "../../../test/support/share-tree.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { systemClock } from "../../shared/clock.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom, systemRandom } from "../../shared/random.ts";
import { ShareClient } from "./share-client.ts";

function open({ spec }: EmulatedShare): Promise<ShareClient> {
  return ShareClient.open(spec, { clock: systemClock, random: systemRandom });
}

test("ShareClient lists directories page by page, with everything that a listing has", async () => {
  await using shared = await emulatedShare({ synthetic: "files=6000,dirs=2,flat=5500,cap=1k" });
  const client = await open(shared);
  const [flat] = (await client.listPage("")).entries.filter(({ kind }) => kind === ENTRY_KIND.directory);
  shared.requests();
  const pages: number[] = [];
  for await (const { entries } of client.list(flat?.name ?? "")) pages.push(entries.length);
  assert.equal(pages.length, 2);
  assert.equal(pages[0], 5000);
  assert.deepEqual(shared.requests(), { ListDirectoriesAndFiles: 2 });
  client.close();
});

test("ShareClient lists the facts that the service tells of each entry", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { "one.txt": "1" });
  const client = await open(shared);
  const [file] = (await client.listPage("")).entries;
  const raw = (await fileIn(shared.share, "one.txt").getProperties())._response.headers.toJson();
  assert.equal(String(file?.fileId), raw["x-ms-file-id"]);
  assert.equal(file?.permissionKey, raw["x-ms-file-permission-key"]);
  assert.equal(`"${file?.etag ?? ""}"`, raw["etag"]);
  client.close();
});

test("ShareClient gives properties, whole files and ranges", async () => {
  await using shared = await emulatedShare();
  const content = seededRandom(1).bytes(10_000);
  await fillShare(shared.share, { "a b/file & more": content });
  const client = await open(shared);
  assert.equal((await client.fileFacts("a b/file & more")).size, 10_000);
  assert.equal((await client.directoryFacts("a b")).kind, ENTRY_KIND.directory);
  const whole = await client.download("a b/file & more");
  assert.ok(Buffer.from(whole.bytes).equals(content));
  const part = await client.download("a b/file & more", { offset: 9000, length: 5000 });
  assert.ok(Buffer.from(part.bytes).equals(content.subarray(9000)));
  assert.equal(part.facts.size, 10_000);
  await assert.rejects(client.download("a b/nothing"), (error) => isAppError(error, "E_SOURCE_MISSING"));
  client.close();
});

test("ShareClient.walk() visits everything, but for directories that the callback skips", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { "a/b/c": "1", "a/d": "2", "skip/e": "3", f: "4" });
  const client = await open(shared);
  const visited: string[] = [];
  shared.requests();
  await client.walk("", (path) => {
    visited.push(path);
    return path === "skip" ? "skip" : "enter";
  });
  assert.deepEqual(visited.sort(), ["a", "a/b", "a/b/c", "a/d", "f", "skip"]);
  assert.deepEqual(shared.requests(), { ListDirectoriesAndFiles: 3 });
  client.close();
});

test("ShareClient says what changed since a share snapshot, and that nobody can tell of a file that was made anew", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { file: new Uint8Array(100_000).fill(1), anew: "1" });
  const { snapshot = "" } = await shared.share.createSnapshot();
  await fileIn(shared.share, "file").uploadRange(Buffer.alloc(512, 2), 51_200, 512);
  await fileIn(shared.share, "file").clearRange(0, 4096);
  await fillShare(shared.share, { anew: "2" });
  const client = await open(shared);
  assert.deepEqual(await client.changesSince("file", snapshot), {
    data: [{ offset: 51_200, length: 512 }],
    cleared: [{ offset: 0, length: 4096 }],
  });
  assert.equal(await client.changesSince("anew", snapshot), undefined);
  assert.equal(await client.changesSince("file", "2020-01-01T00:00:00.0000000Z"), undefined);
  client.close();
});

test("ShareClient gives up a body that always breaks off, and names the file", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { file: "content" });
  shared.emulator.faults.set(faults({ cuts: [{ kind: "truncate", operations: ["GetFile"], rate: 1, timesMax: undefined }] }));
  const client = await open(shared);
  await assert.rejects(client.download("file"), (error) => isAppError(error, "E_SOURCE_READ") && /read file/.test(error.what));
  client.close();
});

test("ShareClient.close() ends what is under way", async () => {
  await using shared = await emulatedShare();
  shared.emulator.faults.set(faults({ latency: { operations: undefined, rate: 1, timesMax: 1, msMin: 600_000, msMax: 600_000 } }));
  const client = await open(shared);
  const listing = client.listPage("");
  client.close();
  await assert.rejects(listing, (error) => isAppError(error, "E_ABORTED"));
});
