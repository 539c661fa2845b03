import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import type { Random } from "../../shared/random.ts";
import { toHex } from "../../shared/bytes.ts";

/** Folder below the root for files that are not objects yet. `~` is outside the key grammar, so no object can have this name. */
export const TEMP_FOLDER = "tmp~";

/** A left-over younger than this may belong to a live process, here or on another machine that shares the folder. */
const LEFTOVER_AGE_MS_MIN = 48 * 3600 * 1000;

const NAME_BYTES = 12;

/** A name nobody else picks; creating it still is exclusive. */
export function tempName(random: Random): string {
  return toHex(random.bytes(NAME_BYTES));
}

/**
 * Removes what dead processes left in the temp folder. Judged by age alone: process ids mean nothing across machines and containers.
 * Never fails: a left-over costs space, not safety, and the next process tries again.
 */
export async function removeLeftovers(root: string, clock: Clock): Promise<void> {
  const folder = join(root, TEMP_FOLDER);
  const nowMs = Number(clock.nowNs() / 1_000_000n);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const age = await lstat(path).then(
      (info) => nowMs - info.mtimeMs,
      () => 0,
    );
    if (age >= LEFTOVER_AGE_MS_MIN) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
