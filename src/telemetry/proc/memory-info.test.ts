import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMemoryInfo } from "./memory-info.ts";

test("parseMemoryInfo() gives bytes", () => {
  const text = "MemTotal:       24684084 kB\nMemFree:        17820356 kB\nMemAvailable:   18692296 kB\nBuffers:  1 kB\n";
  assert.deepEqual(parseMemoryInfo(text), { total: 24_684_084 * 1024, available: 18_692_296 * 1024 });
});

test("parseMemoryInfo() gives nothing when a line is missing or cut off", () => {
  assert.equal(parseMemoryInfo(""), undefined);
  assert.equal(parseMemoryInfo("MemTotal: 5 kB\nMemFree: 4 kB\n"), undefined);
  assert.equal(parseMemoryInfo("MemTotal: 5 kB\nMemAvailable: 1"), undefined);
});
