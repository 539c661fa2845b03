import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDiskCounters } from "./disk-counters.ts";

/** A line with `n` reads of `n` KiB in all and `2n` writes of `2n` KiB; newer kernels have more columns behind. */
const line = (name: string, n: number): string => `   8       0 ${name} ${n} 5 ${n * 2} 7 ${n * 2} 5 ${n * 4} 7 0 1 2 3 4 5 6\n`;
const counters = (n: number): object => ({ readBytes: n * 1024, writtenBytes: n * 2048, reads: n, writes: n * 2 });

test("parseDiskCounters() adds whole disks and counts no partition twice", () => {
  const text = ["sda", "sda1", "sda15", "nvme0n1", "nvme0n1p1", "nvme0n1p2", "mmcblk0", "mmcblk0p1", "vdb"].map((name, at) =>
    line(name, 10 ** at),
  );
  assert.deepEqual(parseDiskCounters(text.join("")), counters(1 + 1e3 + 1e6 + 1e8));
});

test("parseDiskCounters() leaves out layers above disks and what is no disk", () => {
  const others = ["loop0", "ram1", "zram0", "sr0", "fd0", "dm-0", "dm-12", "md127", "bcache0", "nvme0c1n1"].map((name) => line(name, 1e6));
  assert.deepEqual(parseDiskCounters(line("sda", 3) + others.join("")), counters(3));
  assert.equal(parseDiskCounters(others.join("")), undefined);
});

test("parseDiskCounters() counts a numbered disk that has no parent", () => {
  assert.deepEqual(parseDiskCounters(line("xvda1", 1) + line("nbd0", 10) + line("nvme1n1", 100)), counters(111));
});

test("parseDiskCounters() passes over a line that is cut off", () => {
  assert.deepEqual(parseDiskCounters(`${line("sda", 3)}   8  16 sdb 100 5 200`), counters(3));
  assert.equal(parseDiskCounters(""), undefined);
});
