import type { Figure, MetricsSample } from "../metrics-sample.ts";
import type { MetricsLogView } from "./metrics-log.ts";
import { byteScale, countScale, wholeScale, type Scale } from "./scale.ts";
import { bytesInWords } from "./titles.ts";

/** One line of a panel. */
export interface PanelLine {
  readonly name: string;
  readonly colour: string;
  /** Axis it belongs to. */
  readonly side: "left" | "right";
  readonly style: "area" | "line" | "dashed";
  /** What is drawn: a mean over the time before each point, or what stood at that moment. */
  readonly kind: "rate" | "level";
  readonly value: (sample: MetricsSample) => number | undefined;
}

/** A stretch of the picture with one subject; all panels share the time. */
export interface Panel {
  readonly title: string;
  readonly left: Scale;
  readonly right: Scale | undefined;
  readonly lines: readonly PanelLine[];
}

/** Colours that people with any kind of colour blindness tell apart (Okabe and Ito), and grey for the machine as a whole. */
const BLUE = "#0072b2";
const ORANGE = "#d55e00";
const GREEN = "#009e73";
const GREY = "#8a94a0";

/** The four panels of a log. A line that the log has nothing for is left out. */
export function panelsOf(log: MetricsLogView): readonly Panel[] {
  return [throughput(log), processor(log), memory(log), disk(log)];
}

const figure =
  (name: Figure) =>
  (sample: MetricsSample): number | undefined =>
    sample[name];

function throughput({ samples }: MetricsLogView): Panel {
  return panel(samples, {
    title: "Throughput",
    lines: [
      { name: "content of files", colour: BLUE, side: "left", style: "area", kind: "rate", value: figure("bytes_per_second") },
      { name: "to or from the store", colour: ORANGE, side: "left", style: "line", kind: "rate", value: figure("stored_bytes_per_second") },
      { name: "files (right)", colour: GREEN, side: "right", style: "dashed", kind: "rate", value: figure("files_per_second") },
    ],
    left: (max) => byteScale(max, "/s"),
    right: (max) => countScale(max, "files/s"),
  });
}

function processor({ samples, machine }: MetricsLogView): Panel {
  const cores = machine.cores === undefined ? "all cores" : machine.cores === 1 ? "one core" : `${machine.cores} cores`;
  return panel(samples, {
    title: `CPU, 100 % = ${cores}`,
    lines: [
      { name: "whole machine", colour: GREY, side: "left", style: "area", kind: "rate", value: figure("cpu_system_percent") },
      { name: "this process", colour: BLUE, side: "left", style: "line", kind: "rate", value: figure("cpu_process_percent") },
    ],
    left: () => wholeScale(100, "%"),
  });
}

function memory({ samples, machine }: MetricsLogView): Panel {
  const of = machine.memoryBytes === undefined ? "" : `, of ${bytesInWords(machine.memoryBytes)}`;
  return panel(samples, {
    title: "Memory",
    lines: [
      { name: "this process", colour: BLUE, side: "left", style: "area", kind: "level", value: figure("rss_bytes") },
      { name: "heap of its main thread", colour: ORANGE, side: "left", style: "line", kind: "level", value: figure("heap_used_bytes") },
      {
        name: `whole machine${of} (right)`,
        colour: GREY,
        side: "right",
        style: "dashed",
        kind: "level",
        value: figure("memory_used_bytes"),
      },
    ],
    left: (max) => byteScale(max),
    right: (max) => byteScale(max),
  });
}

function disk({ samples }: MetricsLogView): Panel {
  return panel(samples, {
    title: "Disks of the machine",
    lines: [
      { name: "read", colour: BLUE, side: "left", style: "area", kind: "rate", value: figure("disk_read_bytes_per_second") },
      { name: "written", colour: ORANGE, side: "left", style: "area", kind: "rate", value: figure("disk_written_bytes_per_second") },
      { name: "operations (right)", colour: GREY, side: "right", style: "dashed", kind: "rate", value: operations },
    ],
    left: (max) => byteScale(max, "/s"),
    right: (max) => countScale(max, "op/s"),
  });
}

function operations(sample: MetricsSample): number | undefined {
  const { disk_reads_per_second: reads, disk_writes_per_second: writes } = sample;
  return reads === undefined || writes === undefined ? undefined : reads + writes;
}

interface PanelPlan {
  readonly title: string;
  readonly lines: readonly PanelLine[];
  readonly left: (max: number) => Scale;
  readonly right?: (max: number) => Scale;
}

function panel(samples: readonly MetricsSample[], { title, lines: all, left, right }: PanelPlan): Panel {
  const lines = all.filter((line) => samples.some((sample) => line.value(sample) !== undefined));
  const largest = (side: PanelLine["side"]): number =>
    lines
      .filter((line) => line.side === side)
      .reduce((max, line) => samples.reduce((most, sample) => Math.max(most, line.value(sample) ?? 0), max), 0);
  const hasRight = lines.some(({ side }) => side === "right");
  return {
    title: lines.length === 0 ? `${title}: nothing was measured` : title,
    left: left(largest("left")),
    right: hasRight ? right?.(largest("right")) : undefined,
    lines,
  };
}
