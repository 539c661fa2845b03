import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { test } from "node:test";
import { ShareSASPermissions, ShareServiceClient, StorageSharedKeyCredential } from "@azure/storage-file-share";
import { parseFaultSettings } from "../src/faults/fault-settings.ts";
import { startFixture, pattern, refuses, type Fixture } from "./emulator-fixture.ts";

const CONTENT = pattern(300_000);

/** A share with one file, and faults from then on. */
async function withFaults(context: Parameters<typeof startFixture>[0], settings: unknown): Promise<Fixture> {
  const fixture = await startFixture(context);
  const file = fixture.share.rootDirectoryClient.getFileClient("file.bin");
  await file.create(CONTENT.length);
  await file.uploadRange(CONTENT, 0, CONTENT.length);
  fixture.emulator.log.resetCounters();
  fixture.emulator.faults.set(parseFaultSettings(settings));
  return fixture;
}

/** A client that tries again at once, as often as it takes. */
function patient({ emulator: { url, account, key } }: Fixture): ShareServiceClient {
  const retryOptions = { maxTries: 20, retryDelayInMs: 10, maxRetryDelayInMs: 50 };
  return new ShareServiceClient(url, new StorageSharedKeyCredential(account, key), { retryOptions });
}

/** What a plain HTTP client makes of a download. */
async function download({ emulator }: Fixture, sas: string): Promise<{ readonly length: number; readonly promised: number }> {
  const answer = await fetch(`${emulator.url}/share/file.bin?${sas}`, { headers: { "x-ms-version": "2025-05-05" } });
  const body = await answer.arrayBuffer();
  return { length: body.byteLength, promised: Number(answer.headers.get("content-length")) };
}

function sasOf({ share }: Fixture): string {
  const url = share.generateSasUrl({ permissions: ShareSASPermissions.parse("r"), expiresOn: new Date(Date.now() + 3_600_000) });
  return url.slice(url.indexOf("?") + 1);
}

test("a throttled server refuses with 503, a code and Retry-After, and the SDK gets through in the end", async (context) => {
  const fixture = await withFaults(context, { throttle: { requestsPerSecond: 0.5 } });
  const { emulator, share } = fixture;
  await share.getProperties();
  await refuses(share.getProperties(), 503, "ServerBusy");
  const refused = await fetch(`${emulator.url}/share/file.bin?${sasOf(fixture)}`);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "2"]);
  emulator.faults.set(parseFaultSettings({ throttle: { requestsPerSecond: 50, burstSeconds: 0.02 } }));
  const client = patient(fixture).getShareClient("share");
  await Promise.all(Array.from({ length: 5 }, () => client.getProperties()));
  const { operations } = emulator.counters();
  assert.equal(operations["GetShareProperties"]?.statuses["200"], 6);
  assert.ok((operations["GetShareProperties"]?.errors["ServerBusy"] ?? 0) > 0);
  emulator.faults.set(parseFaultSettings({ throttle: { requestsPerSecond: 0.01, status: 429 } }));
  await share.getProperties();
  await refuses(share.getProperties(), 429, "TooManyRequests");
});

test("bytes count against their limit once they have passed", async (context) => {
  const { share } = await withFaults(context, { throttle: { bytesPerSecond: 1000 } });
  const file = share.rootDirectoryClient.getFileClient("file.bin");
  assert.ok((await file.downloadToBuffer()).equals(CONTENT));
  await refuses(file.getProperties(), 503, "ServerBusy");
});

test("a reset or truncated download fails in a plain client, and the SDK reports it as well", async (context) => {
  for (const kind of ["reset", "truncate"]) {
    const fixture = await withFaults(context, { seed: 3, cuts: [{ kind, operations: ["GetFile"], timesMax: 2 }] });
    await assert.rejects(download(fixture, sasOf(fixture)), /terminated/);
    const file = fixture.share.rootDirectoryClient.getFileClient("file.bin");
    await assert.rejects(file.downloadToBuffer());
    assert.ok((await file.downloadToBuffer()).equals(CONTENT));
    assert.equal(fixture.emulator.counters().operations["GetFile"]?.requests, 3);
  }
});

test("a shortened download looks whole: only its length is not the file's", async (context) => {
  const fixture = await withFaults(context, { cuts: [{ kind: "shorten", operations: ["GetFile"] }] });
  const { length, promised } = await download(fixture, sasOf(fixture));
  assert.equal(length, promised);
  assert.ok(length < CONTENT.length);
});

test("a reset upload breaks off in the middle of its body and leaves the file as it was", async (context) => {
  const fixture = await withFaults(context, { cuts: [{ kind: "reset", operations: ["PutRange"], timesMax: 1 }] });
  const file = patient(fixture).getShareClient("share").rootDirectoryClient.getFileClient("file.bin");
  const once = fixture.share.rootDirectoryClient.getFileClient("file.bin");
  await assert.rejects(once.uploadRange(Buffer.alloc(CONTENT.length, 1), 0, CONTENT.length), {
    code: /ECONNRESET|EPIPE|REQUEST_SEND_ERROR/,
  });
  assert.ok((await file.downloadToBuffer()).equals(CONTENT));
  await file.uploadRange(Buffer.alloc(CONTENT.length, 2), 0, CONTENT.length);
  assert.ok((await file.downloadToBuffer()).equals(Buffer.alloc(CONTENT.length, 2)));
});

test("the README's example of faults can be set as it stands there", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? "") as unknown;
  const { throttle, latency, errors, cuts } = parseFaultSettings(example);
  assert.deepEqual([throttle?.status, latency?.msMax, errors[0]?.code, cuts[0]?.kind], [503, 20, "ServerBusy", "reset"]);
});

test("every fault is in the log with what was done", async (context) => {
  const { emulator, share } = await withFaults(context, { latency: { msMin: 1, msMax: 3 }, errors: [{ code: "OperationTimedOut" }] });
  await refuses(share.getProperties(), 500, "OperationTimedOut");
  assert.equal(emulator.log.entries().at(-1)?.fault, "latency OperationTimedOut");
  assert.equal(emulator.log.entries().at(-1)?.errorCode, "OperationTimedOut");
});

test("a client that goes away in the middle of anything does not trouble the server", async (context) => {
  const { emulator, share } = await startFixture(context);
  const { hostname, port, pathname } = new URL(emulator.url);
  for (const text of [
    "PUT",
    `PUT ${pathname}/share/f?comp=range HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf`,
    "\u0000\u0000\r\n\r\n",
  ]) {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(text);
    socket.resetAndDestroy();
  }
  assert.ok(await share.getProperties());
});
