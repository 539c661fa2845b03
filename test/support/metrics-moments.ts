import type { MachineProbe, MachineReading } from "../../src/telemetry/machine-probe.ts";
import type { MetricsSample, Moment } from "../../src/telemetry/metrics-sample.ts";

/** A machine of four cores after `seconds` of a steady load: half of its cores busy, one of them with us. */
export function steadyReading(seconds: number): MachineReading {
  return {
    cpu: { busy: seconds * 200, total: seconds * 400, cores: 4 },
    cores: 4,
    memory: { total: 1000, available: 400 },
    disk: { readBytes: seconds * 10, writtenBytes: seconds * 20, reads: seconds * 1, writes: seconds * 2 },
    network: { received: seconds * 30, sent: seconds * 40, loopback: seconds * 50 },
    process: { cpuSeconds: 7 + seconds, rssBytes: 300, rssBytesPeak: 350, heapUsedBytes: 100 },
    loopDelayMs: { mean: 0.5, max: 5 },
  };
}

/** The same with a steady amount of work done. */
export function steadyMoment(seconds: number, startMs = 5000): Moment {
  return {
    atMs: startMs + seconds * 1000,
    machine: steadyReading(seconds),
    requests: { inFlight: 8, requests: seconds * 60, throttled: seconds * 3, failed: seconds * 4 },
    progress: { phase: "work", bytesDone: seconds * 70, filesDone: seconds * 80, bytesStored: seconds * 90 },
  };
}

/** The sample of each second of that load. */
export const STEADY_FIGURES = {
  cpu_system_percent: 50,
  cpu_process_percent: 25,
  memory_used_bytes: 600,
  memory_available_bytes: 400,
  rss_bytes: 300,
  heap_used_bytes: 100,
  disk_read_bytes_per_second: 10,
  disk_written_bytes_per_second: 20,
  disk_reads_per_second: 1,
  disk_writes_per_second: 2,
  network_received_bytes_per_second: 30,
  network_sent_bytes_per_second: 40,
  loopback_bytes_per_second: 50,
  event_loop_delay_mean_ms: 0.5,
  event_loop_delay_max_ms: 5,
  bytes_per_second: 70,
  files_per_second: 80,
  stored_bytes_per_second: 90,
  requests_per_second: 60,
  requests_in_flight: 8,
  throttled_per_second: 3,
} as const;

/** A sample with only what a test is about. */
export function plainSample(seconds: number, figures: Partial<MetricsSample> = {}): MetricsSample {
  return { seconds, interval_seconds: 1, phase: "work", ...figures };
}

/** A probe that gives these readings, the last one for ever. */
export function scriptedProbe(readings: readonly MachineReading[]): MachineProbe & { readonly closed: boolean } {
  let at = 0;
  let closed = false;
  return {
    read: () => {
      const reading = readings[Math.min(at, readings.length - 1)];
      at += 1;
      if (reading === undefined) throw new Error("the test gives no reading");
      return reading;
    },
    facts: () => ({ system: "Linux 6.1 x64", cpu: "Model", cores: 4, memoryBytes: 1000, memoryLimitBytes: undefined, runtime: "node v24" }),
    close: () => {
      closed = true;
    },
    get closed() {
      return closed;
    },
  };
}
