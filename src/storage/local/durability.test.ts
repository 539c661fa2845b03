import assert from "node:assert/strict";
import { test } from "node:test";
import { CrashFs } from "../../../test/support/crash-fs.ts";
import { patternBytes } from "../../../test/support/object-store-suite.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { systemClock } from "../../shared/clock.ts";
import { systemRandom } from "../../shared/random.ts";
import { systemFolderFs } from "./folder-fs.ts";
import type { FolderFs } from "./folder-fs.ts";
import { openLocalStore } from "./local-store.ts";

const deps = { clock: systemClock, random: systemRandom };

function noLinks(fs: FolderFs): FolderFs {
  return { ...fs, link: () => Promise.reject(Object.assign(new Error("EPERM"), { code: "EPERM" })) };
}

/** Runs with hard links and without, each on a fresh model. */
function onBoth(title: string, work: (crash: CrashFs, fs: FolderFs, root: string) => Promise<void>): void {
  for (const [name, change] of [
    ["hard links", (fs: FolderFs) => fs],
    ["renames", noLinks],
  ] as const) {
    test(`${title} (${name})`, async () => {
      await using folder = await tempFolder("crash");
      const crash = new CrashFs(folder.path, systemFolderFs);
      await work(crash, change(crash.fs), folder.path);
    });
  }
}

onBoth("create() resolves created only when content, name and folders survive a crash", async (crash, fs, root) => {
  const store = await openLocalStore(root, { ...deps, fs });
  for (const [index, key] of ["varve.repo", "packs/ab/1", "packs/ab/2", "packs/cd/1", "gc/7/a/b"].entries()) {
    assert.equal(await store.create(key, [patternBytes(50), patternBytes(index)]), "created");
    assert.equal(crash.afterCrash(key), 50 + index, key);
  }
});

onBoth("create() resolves exists only when the object of the other creator survives a crash", async (crash, fs, root) => {
  const stuck = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const slow: FolderFs = {
    ...fs,
    syncFolder: async (path) => {
      if (path.endsWith("/commits")) {
        reached.resolve();
        await stuck.promise;
      }
      await fs.syncFolder(path);
    },
  };
  const first = (await openLocalStore(root, { ...deps, fs: slow })).create("commits/s", [patternBytes(30)]);
  await reached.promise;
  assert.equal(crash.afterCrash("commits/s"), undefined, "the first creator has not synced the name");
  const second = await openLocalStore(root, { ...deps, fs });
  assert.equal(await second.create("commits/s", [patternBytes(40)]), "exists");
  assert.equal(crash.afterCrash("commits/s"), 30);
  stuck.resolve();
  assert.equal(await first, "created");
});

onBoth("create() syncs a folder that another process has made and not synced yet", async (crash, fs, root) => {
  await fs.mkdir(`${root}/packs`, 0o700);
  await fs.mkdir(`${root}/packs/ab`, 0o700);
  const store = await openLocalStore(root, { ...deps, fs });
  await store.create("packs/ab/1", [patternBytes(10)]);
  assert.equal(crash.afterCrash("packs/ab/1"), 10);
});

onBoth("create() never shows a name whose content could be lost", async (crash, fs, root) => {
  const shown: (number | undefined)[] = [];
  const watching =
    (call: (from: string, to: string) => Promise<void>) =>
    async (from: string, to: string): Promise<void> => {
      await call(from, to);
      if (!to.endsWith("/x")) return;
      await fs.syncFolder(to.slice(0, to.lastIndexOf("/")));
      shown.push(crash.afterCrash("packs/x"));
    };
  const store = await openLocalStore(root, { ...deps, fs: { ...fs, link: watching(fs.link), rename: watching(fs.rename) } });
  await store.create("packs/x", [patternBytes(1000)]);
  assert.deepEqual(shown, [1000]);
});
