import { readFileSync } from "node:fs";
import { toHex, type ByteString } from "../../shared/bytes.ts";
import type { Random } from "../../shared/random.ts";

/** `.varve-restore-<process>-<its start>-<random>`: 60 bytes at most, so it fits wherever the final name fits. */
const PATTERN = /^\.varve-restore-(\d+)-(\d+)-[0-9a-f]{16}$/;
const RANDOM_BYTES = 8;

/** Field 22 of /proc/PID/stat, counted after the command in parentheses, which may contain anything. */
const START_FIELD_AFTER_COMMAND = 19;

/** When a process started, in clock ticks since boot; empty when there is no such process. With its number it names a process for good. */
function processStart(pid: number | string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD_AFTER_COMMAND] ?? "";
  } catch {
    return "";
  }
}

/** Names for items that are built beside the one they will replace. */
export class TempNames {
  readonly #prefix: string;
  readonly #random: Random;

  constructor(random: Random) {
    this.#prefix = `.varve-restore-${process.pid}-${processStart(process.pid)}`;
    this.#random = random;
  }

  next(): ByteString {
    return `${this.#prefix}-${toHex(this.#random.bytes(RANDOM_BYTES))}` as ByteString;
  }
}

/**
 * What a name in a target is: `own` is being built by a process that runs (this one or another restore), `leftover` was built by
 * one that is gone. A restore on another machine or in another container looks gone: two of them into one tree may not run at once.
 */
export function tempNameState(name: ByteString): "ordinary" | "own" | "leftover" {
  if (!name.startsWith(".varve-restore-")) return "ordinary";
  const match = PATTERN.exec(name);
  if (match === null) return "ordinary";
  return processStart(match[1] ?? "") === match[2] ? "own" : "leftover";
}
