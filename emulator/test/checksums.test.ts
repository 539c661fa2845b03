import assert from "node:assert/strict";
import { test } from "node:test";
import { pattern, rawHeaders, startFixture } from "./emulator-fixture.ts";

const CRC64 = { contentChecksumAlgorithm: "StorageCrc64" } as const;

test("content travels with a CRC-64 in both directions when the SDK asks for it", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  const content = pattern(300_000);
  const made = root.getFileClient("made");
  await made.create(content.length, { content, contentLength: content.length, ...CRC64 });
  assert.deepEqual(await made.downloadToBuffer(), content);
  const written = root.getFileClient("written");
  await written.create(content.length);
  await written.uploadRange(content, 0, content.length, CRC64);
  const part = await written.download(1000, 200_000, CRC64);
  assert.equal(rawHeaders(part)["x-ms-structured-content-length"], "200000");
  const chunks: Buffer[] = [];
  for await (const chunk of part.readableStreamBody ?? []) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), content.subarray(1000, 201_000));
});

test("downloads of several segments arrive whole", async (t) => {
  const { share } = await startFixture(t);
  const content = pattern(9_000_000);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.uploadData(content);
  const whole = await file.download(0, undefined, CRC64);
  const chunks: Buffer[] = [];
  for await (const chunk of whole.readableStreamBody ?? []) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).equals(content));
});
