import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
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
    const save = await run(contestant.save(site));
    const restore = await run(contestant.restore(site));
    sameFiles(source, contestant.restoredTo(site));
    return { name: contestant.name, save, restore };
  } finally {
    for (const path of [home, site.target]) rmSync(path, { recursive: true, force: true });
  }
}

/** Throws unless every file came back with its content: nobody wins by not doing the work. Links are no files of these layouts. */
function sameFiles(source: string, restored: string): void {
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const there = join(restored, relative(source, path));
    if (!readFileSync(path).equals(readFileSync(there))) throw new Error(`${there} is not what was saved`);
  }
}
