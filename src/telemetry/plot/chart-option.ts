import type { EChartsCoreOption } from "echarts/core";
import { mergeSamples, type MetricsSample } from "../metrics-sample.ts";
import { panelsOf, type Panel, type PanelLine } from "./panels.ts";
import type { MetricsLogView } from "./metrics-log.ts";
import { phasesOf, type Phase } from "./phases.ts";
import { scaleLabel, type Scale } from "./scale.ts";
import { timeLabel, timeStep } from "./time-axis.ts";
import { subtitleOf, titleOf } from "./titles.ts";

/** Size of the picture, pixels. */
export const PICTURE = { width: 1200, height: 1108 } as const;

const LEFT = 92;
const RIGHT = 92;
const FIRST_PANEL_TOP = 132;
const PANEL_HEIGHT = 180;
const PANEL_DISTANCE = 240;
const FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif";
const INK = "#1f2933";
const FAINT_INK = "#616e7c";
const LINE = "#d5dbe1";
const BAND = "rgba(31, 41, 51, 0.05)";
const LABEL_PIXELS_PER_LETTER = 7;
/** Means are drawn as steps while a step is wide enough to be seen. */
const STEPS_MAX = 240;
/** More than this are closer than the pixels they would be drawn on. */
const POINTS_MAX = 1200;

/** The picture of a log as the plotting library wants it described. */
export function chartOption(log: MetricsLogView): EChartsCoreOption {
  const samples = fewer(log.samples);
  const end = Math.max(samples.at(-1)?.seconds ?? 0, 0.1);
  const panels = panelsOf({ ...log, samples });
  const phases = phasesOf(samples);
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, color: INK },
    title: [pictureTitle(log), ...panels.map(panelTitle)],
    legend: panels.map(panelLegend),
    grid: panels.map((_, at) => ({ left: LEFT, right: RIGHT, top: panelTop(at), height: PANEL_HEIGHT })),
    xAxis: panels.map((_, at) => timeAxis(at, { end, named: at === panels.length - 1 })),
    yAxis: panels.flatMap((panel, at) => [valueAxis(panel.left, at, "left"), valueAxis(panel.right, at, "right")]),
    series: panels.flatMap((panel, at) => [
      bands(phases, at, end),
      ...panel.lines.map((line) => lineSeries(line, at, points(samples, line))),
    ]),
  };
}

function fewer(samples: readonly MetricsSample[]): readonly MetricsSample[] {
  if (samples.length <= POINTS_MAX) return samples;
  const halves: MetricsSample[] = [];
  samples.forEach((sample, at) => {
    const before = at % 2 === 1 ? halves.pop() : undefined;
    halves.push(before === undefined ? sample : mergeSamples(before, sample));
  });
  return fewer(halves);
}

function panelTop(at: number): number {
  return FIRST_PANEL_TOP + at * PANEL_DISTANCE;
}

function pictureTitle(log: MetricsLogView): object {
  return {
    text: titleOf(log),
    subtext: subtitleOf(log),
    left: LEFT,
    top: 18,
    padding: 0,
    itemGap: 8,
    textStyle: { fontSize: 18, fontWeight: "bold", color: INK },
    subtextStyle: { fontSize: 13, lineHeight: 19, color: FAINT_INK },
  };
}

function panelTitle({ title }: Panel, at: number): object {
  return { text: title, left: LEFT, top: panelTop(at) - 24, padding: 0, textStyle: { fontSize: 14, fontWeight: "bold", color: INK } };
}

function panelLegend({ lines }: Panel, at: number): object {
  return {
    data: lines.map(({ name }) => ({ name: seriesName(at, name) })),
    formatter: (name: string) => name.slice(name.indexOf(":") + 1),
    right: RIGHT,
    top: panelTop(at) - 25,
    padding: 0,
    itemGap: 28,
    itemWidth: 22,
    itemHeight: 8,
    // The line alone: no point is marked in the panel either.
    itemStyle: { opacity: 0 },
    textStyle: { fontSize: 12, color: INK },
  };
}

/** Series are told apart by name, and two panels have a line of the same name. */
function seriesName(panel: number, name: string): string {
  return `${panel}:${name}`;
}

function timeAxis(at: number, { end, named }: { readonly end: number; readonly named: boolean }): object {
  const step = timeStep(end);
  return {
    type: "value",
    gridIndex: at,
    min: 0,
    max: end,
    interval: step,
    axisLine: { onZero: false, lineStyle: { color: FAINT_INK } },
    axisTick: { show: true, lineStyle: { color: FAINT_INK } },
    splitLine: { show: true, lineStyle: { color: LINE, type: "dotted" } },
    axisLabel: {
      fontSize: 12,
      color: named ? INK : FAINT_INK,
      // The end itself is no round number: its label would run into the last one.
      formatter: (seconds: number) => (isMultiple(seconds, step) ? timeLabel(seconds, step) : ""),
    },
    ...(named && { name: "time since the start", nameLocation: "middle", nameGap: 30, nameTextStyle: { fontSize: 13, color: INK } }),
  };
}

function isMultiple(value: number, step: number): boolean {
  return Math.abs(value / step - Math.round(value / step)) < 1e-6;
}

function valueAxis(scale: Scale | undefined, at: number, side: "left" | "right"): object {
  const base = { type: "value", gridIndex: at, position: side, show: scale !== undefined, min: 0 };
  if (scale === undefined) return base;
  return {
    ...base,
    max: scale.max,
    interval: scale.step,
    name: scale.unit,
    nameLocation: "middle",
    nameGap: 54,
    nameRotate: side === "left" ? 90 : -90,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { fontSize: 12, color: INK, formatter: (value: number) => scaleLabel(value, scale) },
    splitLine: { show: side === "left", lineStyle: { color: LINE } },
  };
}

/** A rate is that of the time before its point, so the first begins at the start of its interval; where samples are missing, the line breaks. */
function points(samples: readonly MetricsSample[], line: PanelLine): readonly (readonly [number, number | null])[] {
  const drawn: [number, number | null][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    const value = line.value(sample) ?? null;
    const start = Math.max(0, sample.seconds - sample.interval_seconds);
    const missing = start - before;
    if (missing > sample.interval_seconds / 2) {
      if (drawn.length > 0) drawn.push([start, null]);
      drawn.push([start, value]);
    }
    drawn.push([sample.seconds, value]);
    before = sample.seconds;
  }
  return drawn;
}

function lineSeries(line: PanelLine, at: number, data: ReturnType<typeof points>): object {
  const { name, colour, style, side, kind } = line;
  return {
    type: "line",
    name: seriesName(at, name),
    xAxisIndex: at,
    yAxisIndex: at * 2 + (side === "left" ? 0 : 1),
    data,
    symbol: "none",
    ...(kind === "rate" && data.length <= STEPS_MAX && { step: "start" }),
    color: colour,
    lineStyle: { color: colour, width: style === "dashed" ? 1.4 : 1.8, type: style === "dashed" ? [5, 3] : "solid" },
    ...(style === "area" && { areaStyle: { color: colour, opacity: 0.14 } }),
  };
}

/** Every other phase has a shade behind it, and in the first panel each has its name where there is room. */
function bands(phases: readonly Phase[], at: number, end: number): object {
  const width = PICTURE.width - LEFT - RIGHT;
  const area = ({ name, from, to }: Phase, index: number): object[] => {
    const room = ((to - from) / end) * width;
    const named = at === 0 && room > name.length * LABEL_PIXELS_PER_LETTER;
    const label = { show: named, position: "insideTop", color: FAINT_INK, fontSize: 12, fontStyle: "italic" };
    return [{ name, xAxis: from, label, itemStyle: { color: index % 2 === 1 ? BAND : "transparent" } }, { xAxis: to }];
  };
  return {
    type: "line",
    xAxisIndex: at,
    yAxisIndex: at * 2,
    data: [],
    silent: true,
    markArea: { silent: true, data: phases.length < 2 && at > 0 ? [] : phases.map(area) },
  };
}
