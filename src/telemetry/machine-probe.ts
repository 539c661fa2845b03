import { closeSync, openSync, readSync } from "node:fs";
import { availableParallelism, cpus, release, type as systemName } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseCpuTimes, type CpuTimes } from "./proc/cpu-times.ts";
import { parseDiskCounters, type DiskCounters } from "./proc/disk-counters.ts";
import { parseMemoryInfo, type MemoryInfo } from "./proc/memory-info.ts";
import { parseNetworkCounters, type NetworkCounters } from "./proc/network-counters.ts";

/** Longest part of a /proc file that is looked at, bytes: about 2,500 disks or interfaces. What lies behind is not counted. */
const PROC_BYTES_MAX = 256 * 1024;
/** How often the event loop is looked at. A delay shorter than this is not seen. */
const LOOP_RESOLUTION_MS = 10;

/** What machine and process have used until now. What the system does not tell is undefined. */
export interface MachineReading {
  readonly cpu: CpuTimes | undefined;
  /** Cores that are on; 100 % of the processor is all of them. */
  readonly cores: number;
  readonly memory: MemoryInfo | undefined;
  readonly disk: DiskCounters | undefined;
  readonly network: NetworkCounters | undefined;
  readonly process: {
    /** All threads, user and system. */
    readonly cpuSeconds: number;
    readonly rssBytes: number;
    readonly rssBytesPeak: number;
    /** Of the main thread's JavaScript objects; other threads have heaps of their own, which only `rssBytes` shows. */
    readonly heapUsedBytes: number;
  };
  /** How late the main thread came to its timers since the reading before. */
  readonly loopDelayMs: { readonly mean: number; readonly max: number };
}

/** What does not change while a program runs. */
export interface MachineFacts {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number | undefined;
  /** Set when the process may use less memory than the machine has, as in a container. */
  readonly memoryLimitBytes: number | undefined;
  readonly runtime: string;
}

/** Reads the figures of machine and process. */
export interface MachineProbe {
  read(): MachineReading;
  facts(): MachineFacts;
  close(): void;
}

/** The first bytes of a file as text; undefined when it cannot be read. */
export type ReadText = (path: string, bytesMax: number) => string | undefined;

/**
 * The probe of this process: /proc for the machine, Node for the process. It reads four small files of the kernel and starts no
 * program. Where there is no /proc, what only it tells is undefined.
 */
export function machineProbe(readText: ReadText = readStart): MachineProbe {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  const parsed = <T>(path: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = readText(path, PROC_BYTES_MAX);
    return text === undefined ? undefined : parse(text);
  };
  const memory = (): MemoryInfo | undefined => parsed("/proc/meminfo", parseMemoryInfo);
  return {
    read: () => {
      const loopDelayMs = loop.count === 0 ? { mean: 0, max: 0 } : { mean: loopDelay(loop.mean), max: loopDelay(loop.max) };
      loop.reset();
      const cpu = parsed("/proc/stat", parseCpuTimes);
      return {
        cpu,
        cores: cpu?.cores ?? availableParallelism(),
        memory: memory(),
        disk: parsed("/proc/diskstats", parseDiskCounters),
        network: parsed("/proc/net/dev", parseNetworkCounters),
        process: processReading(),
        loopDelayMs,
      };
    },
    facts: () => machineFacts(memory()?.total),
    close: () => loop.disable(),
  };
}

/** The monitor records the time from one look to the next: what is more than its period is delay. */
function loopDelay(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - LOOP_RESOLUTION_MS);
}

function processReading(): MachineReading["process"] {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssBytes: rss, rssBytesPeak: maxRSS * 1024, heapUsedBytes: heapUsed };
}

function machineFacts(memoryBytes: number | undefined): MachineFacts {
  const cores = cpus();
  const limit = process.constrainedMemory();
  return {
    system: `${systemName()} ${release()} ${process.arch}`,
    cpu: cores[0]?.model.trim() ?? "",
    cores: cores.length,
    memoryBytes,
    memoryLimitBytes: limit > 0 && memoryBytes !== undefined && limit < memoryBytes ? limit : undefined,
    runtime: `node ${process.version}`,
  };
}

/** Files of /proc have no size to trust, so as many bytes are read as are wanted. A line that is cut off is left out. */
function readStart(path: string, bytesMax: number): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const buffer = Buffer.allocUnsafe(bytesMax);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytesMax; length += read) read = readSync(file, buffer, length, bytesMax - length, null);
    return wholeLines(buffer.toString("latin1", 0, length));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
