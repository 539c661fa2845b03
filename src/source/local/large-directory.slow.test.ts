import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { copyTreeLocally, removeLocally } from "../../../test/support/copy-local-tree.ts";
import { compareFacts } from "../../../test/support/compare-trees.ts";
import { buildFidelityTree } from "../../../test/support/fidelity-tree.ts";

/** In memory where that is to be had: making 200,000 inodes on a disk takes minutes. */
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

test("a directory of 200,000 files comes back equal", async () => {
  const folder = await mkdtemp(`${base}/varve-large-`);
  try {
    buildFidelityTree(`${folder}/from`, { superuser: false, largeDirectoryEntries: 200_000 });
    await copyTreeLocally(`${folder}/from`, `${folder}/to`, { privileged: process.geteuid?.() === 0 });
    assert.deepEqual(compareFacts(`${folder}/from`, `${folder}/to`), []);
  } finally {
    await removeLocally(base, folder.slice(base.length + 1));
  }
});
