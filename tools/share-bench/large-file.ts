import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ShareClient, ShareFileClient } from "@azure/storage-file-share";
import { forEachParallel } from "../../src/shared/pool.ts";
import { contentMaker } from "../tree/content.ts";
import { location, varve } from "./contestants.ts";
import type { StepResult, StepRunner } from "./run-step.ts";
import { differenceOf, treeOfFolder, treeOfShare } from "./same-content.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const RANGE_BYTES = 4 * MIB;
const AT_ONCE = 8;
const NAME = "disk.vhd";
const SHARE = "large";

export interface LargeShape {
  /** Length of the file, GiB. */
  readonly gib: number;
  /** Of it, how much holds data, evenly spread; the rest are holes. */
  readonly dataMib: number;
  /** Overwritten in pieces of 1 MiB, evenly spread. */
  readonly changedMib: number;
}

export interface LargeResult extends LargeShape {
  /** First backup, backup of the change, restore into a folder. */
  readonly steps: readonly StepResult[];
  /** How the restored file differs from the one in the share. */
  readonly difference: string | undefined;
}

/** One large file in a share of its own: saved, changed in some places, saved again, restored and compared as a whole. */
export async function measureLarge(
  shape: LargeShape,
  scene: { readonly share: (name: string) => ShareClient; readonly runner: StepRunner; readonly workDir: string },
): Promise<LargeResult> {
  const share = scene.share(SHARE);
  await share.create();
  const file = share.rootDirectoryClient.getFileClient(NAME);
  await file.create(shape.gib * GIB);
  await write(file, { shape, count: shape.dataMib / 4, bytes: RANGE_BYTES, seed: 1 });
  const steps = [await scene.runner.run(varve("first backup", "backup", location(SHARE)))];
  await write(file, { shape, count: shape.changedMib, bytes: MIB, seed: 2 });
  steps.push(await scene.runner.run(varve(`backup after ${shape.changedMib} MiB changed`, "backup", location(SHARE))));
  const folder = join(scene.workDir, "large");
  try {
    steps.push(await scene.runner.run(varve("restore into a folder", "restore", "latest", "--to", folder)));
    const difference = await differenceOf(await treeOfShare(share), treeOfFolder(folder), 1);
    return { ...shape, steps, difference };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Writes {
  readonly shape: LargeShape;
  readonly count: number;
  readonly bytes: number;
  readonly seed: number;
}

/** Writes pieces at even distances, each with a content of its own that nothing makes smaller. */
async function write(file: ShareFileClient, { shape, count, bytes, seed }: Writes): Promise<void> {
  const distance = Math.floor((shape.gib * GIB) / count / MIB) * MIB;
  await forEachParallel(
    Array.from({ length: count }, (_, index) => index),
    AT_ONCE,
    async (index) => {
      const piece = Buffer.alloc(bytes);
      contentMaker("random", seed, index).fill(piece, bytes);
      await file.uploadRange(piece, index * distance, bytes);
    },
  );
}
