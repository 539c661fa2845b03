import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, test } from "node:test";
import { startAzurite } from "../support/azurite.ts";
import type { Azurite } from "../support/azurite.ts";
import { guidScene } from "../support/guid-e2e.ts";
import { summaryOf } from "../support/varve-program.ts";
import type { RunningProgram } from "../support/varve-program.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const POLL_MS = 50;
/** What the program takes with a mapping of nothing is about 130 MiB. */
const RSS_BYTES_MAX = 300 * MIB;

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

/** Most memory a run ever had, from the kernel's own record of it. */
async function peakRss({ child }: RunningProgram): Promise<number> {
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    try {
      peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8"))?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
    await pause(POLL_MS);
  }
  return peak;
}

/** Entries of about 2,150 bytes until the file has `bytes`. */
function writeMapping(path: string, bytes: number): number {
  const fd = openSync(path, "w");
  const deep = "/a-folder-with-a-rather-long-name-0123456789".repeat(46);
  let entries = 0;
  let text = "{\n";
  for (let written = 0; written < bytes; entries += 1) {
    text += `${entries === 0 ? "" : ",\n"}"f47ac10b-58cc-4372-a567-0e02b2c3d479-${String(entries).padStart(36, "0")}": "${deep}/file ${entries}"`;
    if (text.length < MIB && written + text.length < bytes) continue;
    written += writeSync(fd, text);
    text = "";
  }
  writeSync(fd, "\n}\n");
  closeSync(fd);
  return entries;
}

test("a mapping of 2 GiB is gone through in little memory", async () => {
  await using scene = await guidScene(azurite);
  const { varve, where, mapping } = scene;
  const entries = writeMapping(mapping, 2 * GIB);
  assert.ok(statSync(mapping).size >= 2 * GIB);
  // Everything is left out: what remains is reading, looking for duplicates, listing and joining.
  const run = varve.start("guid", "save", ...where, "--create-container", "--skip-files", "file *", "--json", "--quiet");
  const peak = await peakRss(run);
  const ended = await run.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual([summaryOf(ended)["files_skipped"], summaryOf(ended)["requests"]], [entries, 1]);
  assert.ok(peak > 0 && peak < RSS_BYTES_MAX, `${Math.round(peak / MIB)} MiB`);
});
