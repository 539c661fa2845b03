import assert from "node:assert/strict";
import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hasCode, listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { systemClock } from "../../shared/clock.ts";
import { systemRandom } from "../../shared/random.ts";
import type { ObjectStore } from "../object-store.ts";
import { createFolder } from "./create-folder.ts";
import { systemFolderFs } from "./folder-fs.ts";
import type { FolderFs } from "./folder-fs.ts";
import { openLocalStore } from "./local-store.ts";

const deps = { clock: systemClock, random: systemRandom };
const withoutLinks: FolderFs = { ...systemFolderFs, link: () => Promise.reject(systemError("EPERM")) };

for (const [name, fs] of [
  ["local store", systemFolderFs],
  ["local store without hard links", withoutLinks],
] as const) {
  objectStoreSuite(name, async () => {
    const folder = await tempFolder("local");
    return { connect: () => openLocalStore(folder.path, { ...deps, fs }), dispose: folder.remove };
  });
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

async function openFailing(root: string, part: Partial<FolderFs>): Promise<ObjectStore> {
  return await openLocalStore(root, { ...deps, fs: { ...systemFolderFs, ...part } });
}

test("openLocalStore() is E_STORE_CONTAINER when the folder is missing or a file", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "file"), "");
  await assert.rejects(openLocalStore(join(folder.path, "none"), deps), hasCode("E_STORE_CONTAINER"));
  await assert.rejects(openLocalStore(join(folder.path, "file"), deps), hasCode("E_STORE_CONTAINER"));
  await assert.rejects(openLocalStore(join(folder.path, "file", "below"), deps), hasCode("E_STORE_CONTAINER"));
});

test("every call is E_STORE_CONTAINER when the folder vanishes while it is open", async () => {
  await using folder = await tempFolder();
  const store = await openLocalStore(folder.path, deps);
  await store.create("packs/aa/x", [patternBytes(3)]);
  await rm(folder.path, { recursive: true });
  const gone = hasCode("E_STORE_CONTAINER");
  await assert.rejects(store.create("packs/aa/y", []), gone);
  await assert.rejects(store.read("packs/aa/x"), gone);
  await assert.rejects(store.stat("packs/aa/x"), gone);
  await assert.rejects(store.remove("packs/aa/x"), gone);
  await assert.rejects(listed(store), gone);
  await assert.rejects(listed(store, "packs/"), gone);
});

test("create() makes the folders anew when they were removed by hand", async () => {
  await using folder = await tempFolder();
  const store = await openLocalStore(folder.path, deps);
  await store.create("packs/aa/x", []);
  await rm(join(folder.path, "packs"), { recursive: true });
  await rm(join(folder.path, "tmp~"), { recursive: true });
  assert.equal(await store.create("packs/aa/x", [patternBytes(3)]), "created");
});

test("create() leaves nothing in the temp folder, won or lost", async () => {
  await using folder = await tempFolder();
  for (const fs of [systemFolderFs, withoutLinks]) {
    const store = await openLocalStore(folder.path, { ...deps, fs });
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.create("packs/aa/x", [patternBytes(index)])));
    assert.deepEqual(await readdir(join(folder.path, "tmp~")), []);
    await store.remove("packs/aa/x");
  }
});

test("create() goes on after short writes", async () => {
  await using folder = await tempFolder();
  const createFile: FolderFs["createFile"] = async (path, mode) => {
    const file = await systemFolderFs.createFile(path, mode);
    return { sync: file.sync, close: file.close, writev: ([first = new Uint8Array(0)]) => file.writev([first.subarray(0, 7)]) };
  };
  const store = await openFailing(folder.path, { createFile });
  const body = patternBytes(100);
  await store.create("a", [body.subarray(0, 20), body.subarray(20, 27), body.subarray(27)]);
  assert.ok(Buffer.from(body).equals(await store.read("a")));
});

test("create() is created when the answer to its own link was lost (NFS)", async () => {
  await using folder = await tempFolder();
  const store = await openFailing(folder.path, {
    link: async (from, to) => {
      await systemFolderFs.link(from, to);
      throw systemError("EEXIST");
    },
  });
  assert.equal(await store.create("commits/s", [patternBytes(5)]), "created");
});

test("create() maps errors of the system to codes and leaves no temp file", async () => {
  const cases = [
    ["ENOSPC", "E_STORE_FULL"],
    ["EDQUOT", "E_STORE_FULL"],
    ["EACCES", "E_STORE_DENIED"],
    ["EROFS", "E_STORE_DENIED"],
    ["EIO", "E_STORE"],
    ["EMFILE", "E_STORE_UNAVAILABLE"],
  ] as const;
  await using folder = await tempFolder();
  for (const [system, code] of cases) {
    for (const call of ["link", "syncFolder", "createFile", "mkdir"] as const) {
      const store = await openFailing(folder.path, { [call]: () => Promise.reject(systemError(system)) });
      await assert.rejects(store.create("packs/aa/x", [patternBytes(5)]), (error) => {
        hasCode(code)(error);
        return (error as { retryable: boolean }).retryable === (code === "E_STORE_UNAVAILABLE");
      });
      assert.deepEqual(await readdir(join(folder.path, "tmp~")).catch(() => []), []);
    }
  }
});

test("create() is E_STORE_DENIED when neither link nor rename is allowed", async () => {
  await using folder = await tempFolder();
  const denied = (): Promise<never> => Promise.reject(systemError("EPERM"));
  await assert.rejects((await openFailing(folder.path, { link: denied, rename: denied })).create("a", []), hasCode("E_STORE_DENIED"));
});

test("create() without hard links finishes what a dead process had claimed, and answers exists", async () => {
  await using folder = await tempFolder();
  const claim = join(folder.path, "tmp~", "claim+packs+aa+x");
  await mkdir(claim, { recursive: true });
  await writeFile(join(claim, "token"), "theirs");
  const store = await openLocalStore(folder.path, { ...deps, fs: withoutLinks });
  assert.equal(await store.create("packs/aa/x", [patternBytes(5)]), "exists");
  assert.equal(Buffer.from(await store.read("packs/aa/x")).toString(), "theirs");
});

test("create() without hard links is not held up by the claim of a dead process that had lost", async () => {
  await using folder = await tempFolder();
  const store = await openLocalStore(folder.path, { ...deps, fs: withoutLinks });
  await store.create("a", [patternBytes(5)]);
  await mkdir(join(folder.path, "tmp~", "claim+a"));
  await writeFile(join(folder.path, "tmp~", "claim+a", "token"), "loser");
  assert.equal(await store.create("a", [patternBytes(6)]), "exists");
  assert.equal((await store.read("a")).length, 5);
});

test("create() without hard links takes over the empty claim of a dead process", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "tmp~", "claim+a"), { recursive: true });
  const store = await openLocalStore(folder.path, { ...deps, fs: withoutLinks });
  assert.equal(await store.create("a", [patternBytes(5)]), "created");
});

test("the first create() removes left-overs older than two days and keeps younger ones", async () => {
  await using folder = await tempFolder();
  const temp = join(folder.path, "tmp~");
  await mkdir(join(temp, "old.d"), { recursive: true });
  for (const name of ["old", "young", "old.d/token"]) await writeFile(join(temp, name), "x");
  const [old, young] = [49, 47].map((hours) => new Date(Date.now() - hours * 3600_000)) as [Date, Date];
  for (const name of ["old", "old.d"]) await utimes(join(temp, name), old, old);
  await utimes(join(temp, "young"), young, young);
  const store = await openLocalStore(folder.path, deps);
  assert.equal((await listed(store)).length, 0);
  await store.create("a", []);
  assert.deepEqual(await readdir(temp), ["young"]);
});

test("list() passes over names that are no keys", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "lost+found"));
  await writeFile(join(folder.path, "lost+found", "x"), "x");
  await writeFile(join(folder.path, "README.TXT"), "x");
  const store = await openLocalStore(folder.path, deps);
  await store.create("index/1", []);
  assert.deepEqual(await listed(store), [{ key: "index/1", size: 0 }]);
});

test("create() gives files and folders the root's permissions, files without write bits", async () => {
  await using folder = await tempFolder();
  await createFolder(join(folder.path, "a", "b"));
  const store = await openLocalStore(join(folder.path, "a", "b"), deps);
  await store.create("packs/x", []);
  const mode = async (path: string): Promise<number> => (await stat(join(folder.path, "a", "b", path))).mode & 0o777;
  assert.deepEqual([await mode("."), await mode("packs"), await mode("packs/x")], [0o700, 0o700, 0o400]);
});

test("createFolder() accepts an existing folder and refuses a file", async () => {
  await using folder = await tempFolder();
  await createFolder(folder.path);
  await writeFile(join(folder.path, "file"), "");
  await assert.rejects(createFolder(join(folder.path, "file")), hasCode("E_STORE_CONTAINER"));
  await assert.rejects(createFolder(join(folder.path, "file", "below")), hasCode("E_STORE"));
});
