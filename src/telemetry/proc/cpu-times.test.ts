import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCpuTimes } from "./cpu-times.ts";

test("parseCpuTimes() sums the eight columns of all cores and leaves out idle time and waiting", () => {
  const text = "cpu  100 20 30 4000 500 6 7 8 90 10\ncpu0 50 10 15 2000 250 3 4 4 45 5\ncpu12 1 1 1 1\nintr 1 2 3\n";
  assert.deepEqual(parseCpuTimes(text), { busy: 171, total: 4671, cores: 2 });
});

test("parseCpuTimes() reads the four columns of very old kernels", () => {
  assert.deepEqual(parseCpuTimes("cpu  1 2 3 4\n"), { busy: 6, total: 10, cores: 1 });
});

test("parseCpuTimes() gives nothing for anything else", () => {
  for (const text of ["", "cpu  1 2 3\n", "cpu0 1 2 3 4\n", "cpu  1 x 3 4\n", "xcpu 1 2 3 4\n"])
    assert.equal(parseCpuTimes(text), undefined, text);
});
