import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { assert } from "../../shared/assert.ts";
import { AppError, systemCode } from "../../shared/errors.ts";
import type { CreateOutcome } from "../object-store.ts";
import type { FolderFs } from "./folder-fs.ts";

/** A complete, synced file under its temp name, and the name it is to get unless that is taken. */
export interface Publication {
  readonly temp: string;
  readonly final: string;
}

/** Link errors of file systems without hard links: FAT and exFAT, SMB shares, many FUSE mounts. */
const NO_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"];

/** Rounds of `publishByRename`; each one that fails has helped another creator to finish. */
const ROUNDS_MAX = 100;

/**
 * Gives the file its final name by a hard link, which fails when the name is taken. Undefined when there are no hard links here.
 * The folder is not synced yet. The temp name stays.
 */
export async function publishByLink(fs: FolderFs, { temp, final }: Publication): Promise<CreateOutcome | undefined> {
  try {
    await fs.link(temp, final);
    return "created";
  } catch (error) {
    const code = systemCode(error);
    if (NO_LINKS.includes(code)) return undefined;
    if (code !== "EEXIST") throw error;
    // NFS repeats a request whose answer was lost, and the repetition finds our own link. Two names on our file tell.
    return (await lstat(temp)).nlink > 1 ? "created" : "exists";
  }
}

/**
 * The same without hard links. Renaming a folder onto a folder that is not empty fails everywhere, so the file travels in a folder
 * of its own to the key's claim folder; whoever gets there first has won, and only then the file moves to its final name, which
 * nobody else can take meanwhile. Who finds a claim finishes it for its owner, who may be dead, and never waits.
 * Safe among processes that all publish this way; do not mix machines that see hard links with machines that do not.
 */
export async function publishByRename(fs: FolderFs, { temp, final }: Publication, claim: string): Promise<CreateOutcome> {
  const token = basename(temp);
  const carrier = `${temp}.d`;
  await fs.mkdir(carrier, 0o700);
  await fs.rename(temp, join(carrier, token));
  await fs.syncFolder(carrier);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (await isThere(final)) {
      await drop(fs, join(carrier, token), carrier);
      return "exists";
    }
    if (await renameOntoEmpty(fs, carrier, claim)) return await settleClaim(fs, { token, claim, final });
    await finishClaim(fs, claim, final);
  }
  throw new AppError({ code: "E_STORE_UNAVAILABLE", what: `cannot create ${final}`, why: "too many others create it", retryable: true });
}

async function settleClaim(fs: FolderFs, at: { token: string; claim: string; final: string }): Promise<CreateOutcome> {
  const held = join(at.claim, at.token);
  if (await isThere(at.final)) {
    await drop(fs, held, at.claim);
    return "exists";
  }
  // ENOENT: a helper has moved it for us.
  await fs.rename(held, at.final).catch(ignore("ENOENT"));
  await fs.rmdir(at.claim).catch(ignore("ENOENT", "ENOTEMPTY", "EEXIST"));
  return "created";
}

/** Moves what a claim holds to its final name. The token is read before the final name is looked at: a later token cannot be moved. */
async function finishClaim(fs: FolderFs, claim: string, final: string): Promise<void> {
  const [token] = await readdir(claim).catch(() => []);
  if (token === undefined) await fs.rmdir(claim).catch(ignore("ENOENT", "ENOTEMPTY", "EEXIST"));
  else if (!(await isThere(final))) await fs.rename(join(claim, token), final).catch(ignore("ENOENT"));
}

async function renameOntoEmpty(fs: FolderFs, carrier: string, claim: string): Promise<boolean> {
  assert(dirname(carrier) === dirname(claim), "carrier and claim are in one folder");
  try {
    await fs.rename(carrier, claim);
    return true;
  } catch (error) {
    // SMB servers answer with a denial where POSIX says "not empty"; a claim that is there tells it from a real denial.
    if (!["EPERM", "EACCES"].includes(systemCode(error)) || !(await isThere(claim))) ignore("ENOTEMPTY", "EEXIST")(error);
    return false;
  }
}

async function drop(fs: FolderFs, file: string, folder: string): Promise<void> {
  await fs.unlink(file).catch(ignore("ENOENT"));
  await fs.rmdir(folder).catch(ignore("ENOENT", "ENOTEMPTY", "EEXIST"));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    ignore("ENOENT")(error);
    return false;
  }
}

function ignore(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes(systemCode(error))) throw error;
  };
}
