import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ShareServiceClient, StorageSharedKeyCredential, type FileItem, type ShareClient } from "@azure/storage-file-share";
import { parseSpec } from "../src/backend/synthetic/spec.ts";
import { openSyntheticBackend, type SyntheticBackend } from "../src/backend/synthetic/synthetic-backend.ts";
import { startEmulator } from "../src/index.ts";
import { refuses } from "./emulator-fixture.ts";

interface Synthetic {
  readonly share: ShareClient;
  readonly backend: SyntheticBackend;
}

/** A synthetic share behind HTTP, and the SDK's client of it. */
async function startSynthetic(context: TestContext, spec: string): Promise<Synthetic> {
  const opened: SyntheticBackend[] = [];
  const store = (clock: Parameters<typeof openSyntheticBackend>[1]): SyntheticBackend => {
    const backend = openSyntheticBackend(parseSpec(spec), clock);
    opened.push(backend);
    return backend;
  };
  const emulator = await startEmulator({ store });
  context.after(() => emulator.close());
  const service = new ShareServiceClient(emulator.url, new StorageSharedKeyCredential(emulator.account, emulator.key), {
    retryOptions: { maxTries: 1 },
  });
  const [backend] = opened;
  return { share: service.getShareClient("synthetic"), backend: backend ?? assert.fail("opened") };
}

/** The files of the root by name. */
async function rootFiles(share: ShareClient): Promise<ReadonlyMap<string, FileItem>> {
  const files = new Map<string, FileItem>();
  for await (const item of share.rootDirectoryClient.listFilesAndDirectories({ includeExtendedInfo: true, includeEtag: true })) {
    if (item.kind === "file") files.set(item.name, item);
  }
  return files;
}

test("the SDK lists a flat directory of a synthetic share in pages of 5,000", async (context) => {
  const { share } = await startSynthetic(context, "files=12000,dirs=1,flat=12000");
  const folders: string[] = [];
  for await (const { kind, name } of share.rootDirectoryClient.listFilesAndDirectories()) if (kind === "directory") folders.push(name);
  assert.equal(folders.length, 1);
  const flat = share.getDirectoryClient(folders[0] ?? "");
  const sizes: number[] = [];
  const names = new Set<string>();
  for await (const { segment } of flat.listFilesAndDirectories().byPage()) {
    sizes.push(segment.fileItems.length);
    for (const { name } of segment.fileItems) names.add(name);
  }
  assert.deepEqual(sizes, [5000, 5000, 2000]);
  assert.equal(names.size, 12_000);
});

test("the SDK reads what every name of a synthetic share promises", async (context) => {
  const { share } = await startSynthetic(context, "files=150,dirs=0,cap=200k");
  for (const [name, { properties, fileId }] of await rootFiles(share)) {
    const file = share.rootDirectoryClient.getFileClient(name);
    const found = await file.getProperties();
    assert.deepEqual([found.contentLength, found.fileId, found.etag], [properties.contentLength, fileId, properties.etag], name);
    assert.equal((await file.downloadToBuffer()).length, properties.contentLength);
    const { permission } = await share.getPermission(found.filePermissionKey ?? "");
    assert.match(permission, /^O:BAG:/);
  }
});

test("range differences between generations are what really differs; renamed and replaced files are refused as the service does", async (context) => {
  const { share, backend } = await startSynthetic(context, "files=400,dirs=0,median=100000,sigma=1,churn=0.4,seed=3");
  const before = await rootFiles(share);
  const { snapshot = "" } = await share.createSnapshot();
  const old = share.withSnapshot(snapshot).rootDirectoryClient;
  backend.setGeneration(1);
  const byId = new Map([...before.values()].map((item) => [item.fileId, item]));
  const seen = { edited: 0, renamed: 0, replaced: 0 };
  for (const [name, item] of await rootFiles(share)) {
    const file = share.rootDirectoryClient.getFileClient(name);
    const was = byId.get(item.fileId);
    if (was === undefined) {
      await refuses(file.getRangeListDiff(snapshot), 409, "FileGenerationMismatch");
      seen.replaced += Number(before.has(name));
    } else if (was.name !== name) {
      await assert.rejects(file.getRangeListDiff(snapshot), { statusCode: 409 });
      assert.deepEqual((await file.getRangeListDiff(snapshot, { includeRenames: true })).ranges ?? [], []);
      seen.renamed += 1;
    } else if (was.properties.etag !== item.properties.etag) {
      const { ranges = [], clearRanges = [] } = await file.getRangeListDiff(snapshot);
      assert.deepEqual(clearRanges, []);
      const [is, rebuilt] = [await file.downloadToBuffer(), Buffer.alloc(item.properties.contentLength)];
      (await old.getFileClient(name).downloadToBuffer()).copy(rebuilt);
      for (const { start, end } of ranges) is.copy(rebuilt, start, start, end + 1);
      assert.ok(rebuilt.equals(is), name);
      seen.edited += Number(ranges.length > 0);
    }
  }
  assert.ok(seen.edited > 20 && seen.renamed > 5 && seen.replaced > 5, JSON.stringify(seen));
});

test("a synthetic share can be leased and frozen, and refuses to be written to", async (context) => {
  const { share } = await startSynthetic(context, "files=10,dirs=2");
  const lease = share.getShareLeaseClient();
  await lease.acquireLease(-1);
  await lease.releaseLease();
  await refuses(share.rootDirectoryClient.createFile("new", 1), 501, "NotImplemented");
  await refuses(share.delete(), 501, "NotImplemented");
  const { shareUsageBytes } = await share.getStatistics();
  assert.ok(shareUsageBytes > 0);
});
