import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join, relative } from "node:path";
import { StorageSharedKeyCredential, BlobServiceClient } from "@azure/storage-blob";
import { startAzurite } from "../../test/support/azurite.ts";
import { makeSas } from "../../test/support/sas.ts";
import { measure } from "../bench/measure.ts";
import type { Measurement } from "../bench/measure.ts";
import type { GuidContestant, GuidSite } from "./contestant.ts";

const CONTAINER = "bench";

/** What one contestant needed for one set of files. */
export interface ContestantResult {
  readonly name: string;
  readonly save: Measurement & { readonly requests: number };
  readonly restore: Measurement & { readonly requests: number };
}

export interface MeasureOptions {
  /** The files; all of one kind. */
  readonly source: string;
  /** Folder for everything that is made, emptied afterwards. */
  readonly workDir: string;
  readonly timeExecutable: string | undefined;
  /** Count requests, which slows the emulator: its times mean nothing then. */
  readonly countRequests: boolean;
  readonly signal: AbortSignal;
}

/** Saves and restores the files with an emulator of its own, and compares what comes back. */
export async function measureContestant(contestant: GuidContestant, options: MeasureOptions): Promise<ContestantResult> {
  const { source, workDir, timeExecutable, countRequests, signal } = options;
  let requests = 0;
  const counting = countRequests ? { onRequest: () => (requests += 1) } : {};
  await using azurite = await startAzurite({ place: workDir, ...counting });
  const credential = new StorageSharedKeyCredential(azurite.account, azurite.key);
  await new BlobServiceClient(azurite.serviceUrl, credential).createContainer(CONTAINER);
  const home = join(workDir, "home");
  const site: GuidSite = {
    azurite,
    container: CONTAINER,
    sas: await makeSas(azurite, CONTAINER, "racwdl"),
    source,
    target: join(workDir, "target"),
    home,
  };
  mkdirSync(home);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", ...contestant.environment(site) };
  const run = async (argv: readonly string[]): Promise<Measurement & { readonly requests: number }> => {
    requests = 0;
    const measured = await measure({ argv }, { environment, home, signal, timeExecutable });
    return { ...measured, requests };
  };
  try {
    const prepared = contestant.prepare(site);
    if (prepared !== undefined) await run(prepared);
    touchMemory(source, workDir);
    const save = await run(contestant.save(site));
    touchMemory(source, workDir);
    const restore = await run(contestant.restore(site));
    sameFiles(source, contestant.restoredTo(site));
    return { name: contestant.name, save, restore };
  } finally {
    for (const path of [home, site.target]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Fills as much of the work folder as the files take, and empties it again. A virtual machine gets memory from its host when it touches
 * it for the first time: without this, whoever comes to pages that nobody used yet needs up to twice the processor time in the kernel.
 */
function touchMemory(source: string, workDir: string): void {
  const path = join(workDir, "touched");
  const piece = Buffer.alloc(2 ** 20);
  const fd = openSync(path, "wx");
  let left = 0;
  for (const { parentPath, name } of filesIn(source)) left += statSync(join(parentPath, name)).size;
  for (; left > 0; left -= piece.length) writeSync(fd, piece);
  closeSync(fd);
  rmSync(path);
}

/** Links are no files of these layouts. */
function filesIn(folder: string): Dirent[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
}

/** Throws unless every file came back with its content: nobody wins by not doing the work. */
function sameFiles(source: string, restored: string): void {
  for (const entry of filesIn(source)) {
    const path = join(entry.parentPath, entry.name);
    const there = join(restored, relative(source, path));
    if (!readFileSync(path).equals(readFileSync(there))) throw new Error(`${there} is not what was saved`);
  }
}
