import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend } from "../src/backend/backend.ts";
import { all, rawBody, refuses, startFixture } from "./emulator-fixture.ts";

const EVERYTHING = {
  includeTimestamps: true,
  includeEtag: true,
  includeAttributes: true,
  includePermissionKey: true,
  includeExtendedInfo: true,
};

test("a listing with everything included agrees with the properties of each entry", async (t) => {
  const { share } = await startFixture(t);
  const directory = share.getDirectoryClient("d");
  const made = await directory.create();
  await directory.getDirectoryClient("sub").create();
  const file = directory.getFileClient("f");
  await file.create(77, { lastWriteTime: "2011-12-13T14:15:16.7654321Z" as never });
  const [page] = await all(directory.listFilesAndDirectories(EVERYTHING).byPage());
  assert.ok(page !== undefined);
  const body = rawBody(page);
  assert.equal(page.directoryId, made.fileId);
  assert.match(body, /<LastWriteTime>2011-12-13T14:15:16\.7654321Z<\/LastWriteTime>/);
  const properties = await file.getProperties();
  const [item] = page.segment.fileItems;
  assert.deepEqual(
    [item?.name, item?.fileId, item?.properties.contentLength, item?.properties.etag, item?.attributes, item?.permissionKey],
    ["f", properties.fileId, 77, properties.etag, "Archive", properties.filePermissionKey],
  );
  assert.deepEqual(item?.properties.changeTime, properties.fileChangeOn);
  assert.deepEqual(item?.properties.lastModified, properties.lastModified);
  assert.deepEqual([page.segment.directoryItems[0]?.name, page.segment.directoryItems[0]?.attributes], ["sub", "Directory"]);
});

test("a plain listing holds names and sizes and nothing else", async (t) => {
  const { share } = await startFixture(t);
  await share.rootDirectoryClient.getFileClient("f").create(3);
  await share.createDirectory("d");
  const [page] = await all(share.rootDirectoryClient.listFilesAndDirectories().byPage());
  assert.ok(page !== undefined);
  const entries = /<Entries>(.*)<\/Entries>/.exec(rawBody(page))?.[1];
  const [directory, file] = [
    "<Directory><Name>d</Name><Properties /></Directory>",
    "<File><Name>f</Name><Properties><Content-Length>3</Content-Length></Properties></File>",
  ];
  assert.equal(entries, `${directory}${file}`);
});

test("pages follow each other without gap or double, also while entries come and go", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  const wanted = Array.from({ length: 25 }, (_, index) => `n${String(index).padStart(2, "0")}`);
  for (const name of wanted) await root.getFileClient(name).create(1);
  const seen: string[] = [];
  const sizes: number[] = [];
  for await (const page of root.listFilesAndDirectories().byPage({ maxPageSize: 10 })) {
    const names = page.segment.fileItems.map(({ name }) => name);
    sizes.push(names.length);
    seen.push(...names);
    // Gone before it is reached, new behind what was seen, and the last one seen itself.
    if (sizes.length === 1) {
      await root.getFileClient("n15").delete();
      await root.getFileClient("n05x").create(1);
      await root.getFileClient("n09").delete();
    }
  }
  assert.deepEqual(
    seen,
    wanted.filter((name) => name !== "n15"),
  );
  assert.deepEqual(sizes, [10, 10, 4]);
});

test("a page has at most 5,000 entries, whatever is asked for", async (t) => {
  const backends: Backend[] = [];
  const { share, emulator } = await startFixture(t, { onBackend: (backend) => backends.push(backend) });
  const root = share.rootDirectoryClient;
  const rest = { permissionKey: "", headers: {}, metadata: {}, posix: undefined, copy: undefined, linkText: undefined, content: undefined };
  for (let index = 0; index < 5003; index += 1) {
    const place = { share: "share", parentId: 0n, name: `f${index}` };
    await backends[0]?.writer.create(place, { kind: "file", times: {}, attributes: 0, size: 0, ...rest }, { existing: "fail" });
  }
  const before = emulator.counters().operations["ListDirectoriesAndFiles"]?.requests ?? 0;
  const pages = await all(root.listFilesAndDirectories().byPage({ maxPageSize: 100_000 }));
  assert.deepEqual(
    pages.map(({ segment }) => segment.fileItems.length),
    [5000, 3],
  );
  assert.equal((emulator.counters().operations["ListDirectoriesAndFiles"]?.requests ?? 0) - before, 2);
});

test("a prefix selects names without regard to case", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  for (const name of ["Alpha", "alps", "beta", "al"]) await root.getFileClient(name).create(1);
  const names = async (prefix: string): Promise<readonly string[]> =>
    (await all(root.listFilesAndDirectories({ prefix }))).map(({ name }) => name);
  assert.deepEqual(await names("AL"), ["al", "Alpha", "alps"]);
  assert.deepEqual(await names("alph"), ["Alpha"]);
  assert.deepEqual(await names("x"), []);
});

test("without extended info a file that is open is listed with the size it was opened with; snapshots know better", async (t) => {
  const { share, emulator } = await startFixture(t);
  const root = share.rootDirectoryClient;
  const file = root.getFileClient("f");
  await file.create(10);
  await emulator.openHandle({ share: "share", path: "f" });
  await file.resize(500);
  const size = async (options: object, client = root): Promise<number | undefined> => {
    const [item] = await all(client.listFilesAndDirectories(options));
    return item?.kind === "file" ? item.properties.contentLength : undefined;
  };
  assert.equal(await size({}), 10);
  assert.equal(await size({ includeExtendedInfo: true }), 500);
  const { snapshot } = await share.createSnapshot();
  assert.equal(await size({}, share.withSnapshot(snapshot ?? "").rootDirectoryClient), 500);
  await file.forceCloseAllHandles();
  assert.equal(await size({}), 500);
});

test("what a listing cannot mean is refused", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  await refuses(all(root.listFilesAndDirectories().byPage({ maxPageSize: -1 })), 400, "OutOfRangeQueryParameterValue");
  await refuses(all(root.listFilesAndDirectories().byPage({ continuationToken: "made up" })), 400, "InvalidQueryParameterValue");
  await refuses(all(share.getDirectoryClient("none").listFilesAndDirectories()), 404, "ResourceNotFound");
  await refuses(all(share.getDirectoryClient("none/deep").listFilesAndDirectories()), 404, "ParentNotFound");
});
