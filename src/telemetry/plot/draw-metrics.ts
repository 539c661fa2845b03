import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { chartOption, PICTURE } from "./chart-option.ts";
import type { MetricsLogView } from "./metrics-log.ts";

// The parts that are drawn with, and no others: the whole library is four times as large. Import this file only to draw.
use([LineChart, GridComponent, LegendComponent, MarkAreaComponent, TitleComponent, SVGRenderer]);

/** The picture of a log as the text of an SVG file. */
export function drawMetrics(log: MetricsLogView): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...PICTURE });
  try {
    chart.setOption(chartOption(log));
    // Viewers built on librsvg do not know this attribute and would set every label half a line too high.
    return `${chart.renderToSVGString().replaceAll(' dominant-baseline="central"', ' dy="0.35em"')}\n`;
  } finally {
    chart.dispose();
  }
}
