import assert from "node:assert/strict";
import { test } from "node:test";
import { machineProbe } from "./machine-probe.ts";

const FILES: Readonly<Record<string, string>> = {
  "/proc/stat": "cpu  10 0 5 80 5 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\ncpu2 1 1 1 1\n",
  "/proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 250 kB\n",
  "/proc/diskstats": "   8 0 sda 1 0 2 0 3 0 4 0 0 0 0\n",
  "/proc/net/dev": "  eth0: 7 0 0 0 0 0 0 0 8 0 0 0 0 0 0 0\n",
};

test("machineProbe() reads what the kernel tells", () => {
  const asked: number[] = [];
  const probe = machineProbe((path, bytesMax) => {
    asked.push(bytesMax);
    return FILES[path];
  });
  const { cpu, memory, disk, network } = probe.read();
  assert.deepEqual(cpu, { busy: 15, total: 100, cores: 3 });
  assert.deepEqual(memory, { total: 1_024_000, available: 256_000 });
  assert.deepEqual(disk, { readBytes: 1024, writtenBytes: 2048, reads: 1, writes: 3 });
  assert.deepEqual(network, { received: 7, sent: 8, loopback: 0 });
  assert.equal(probe.facts().memoryBytes, 1_024_000);
  assert.deepEqual([...new Set(asked)], [256 * 1024], "never more than the bound");
  probe.close();
});

test("machineProbe() still knows the process where there is no /proc", () => {
  const probe = machineProbe(() => undefined);
  const { process: own, cores, ...machine } = probe.read();
  assert.deepEqual(machine, { cpu: undefined, memory: undefined, disk: undefined, network: undefined, loopDelayMs: { mean: 0, max: 0 } });
  assert.ok(cores > 0 && own.cpuSeconds > 0 && own.rssBytesPeak >= own.heapUsedBytes && own.heapUsedBytes > 1e6);
  assert.equal(probe.facts().memoryBytes, undefined);
  probe.close();
});

test(
  "machineProbe() reads the real machine: counters only grow, and work shows in the process's CPU time",
  { skip: process.platform !== "linux" },
  () => {
    const probe = machineProbe();
    const before = probe.read();
    const startSeconds = before.process.cpuSeconds;
    let spun = 0;
    while (probe.read().process.cpuSeconds < startSeconds + 0.05) spun += 1;
    const after = probe.read();
    assert.ok(spun > 0);
    assert.ok(before.cpu !== undefined && after.cpu !== undefined && after.cpu.total >= before.cpu.total && after.cpu.busy > 0);
    assert.ok(after.memory !== undefined && after.memory.available < after.memory.total);
    const { system, cores, memoryBytes, runtime } = probe.facts();
    assert.match(system, /^Linux \d/);
    assert.ok(cores > 0 && memoryBytes === after.memory.total && runtime === `node ${process.version}`);
    probe.close();
  },
);

test("machineProbe() sees the event loop blocked", async () => {
  const probe = machineProbe(() => undefined);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  // The monitor needs a look before the block to measure from.
  await pause(50);
  const blockedUntilMs = performance.now() + 200;
  while (performance.now() < blockedUntilMs);
  await pause(50);
  const { mean, max } = probe.read().loopDelayMs;
  assert.ok(max > 150 && mean < max, `${mean} ${max}`);
  assert.deepEqual(probe.read().loopDelayMs, { mean: 0, max: 0 }, "each reading starts afresh");
  probe.close();
});
