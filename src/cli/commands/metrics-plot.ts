import { expandPath } from "../../config/load.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { outputFlag, refuseEvents, writeContent } from "../dump-output.ts";

const flags = { output: outputFlag };

export const metricsPlotCommand: Command = defineCommand({
  name: "metrics plot",
  summary: "draw a metrics log as a picture",
  description:
    "Draws what --metrics-log wrote as an SVG picture: throughput, CPU, memory and disks over one time. The log may be that of a run that goes on, was killed, or was cut off.",
  args: [{ name: "FILE", help: "the metrics log", required: true, variadic: false }],
  flags,
  examples: [
    { command: "varve restore latest --to /srv/data --metrics-log run.json", text: "measure a restore" },
    { command: "varve metrics plot run.json -o run.svg", text: "and look at it" },
  ],
  codes: ["E_TARGET_EXISTS", "E_TARGET_ROOT"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, args, flags: values } = invocation;
  if (values.output === undefined) refuseEvents(invocation, "metrics plot");
  const { readMetricsLog } = await import("../../telemetry/plot/metrics-log.ts");
  const log = await readMetricsLog(expandPath(args[0] ?? "", context.cwd, context.machine.home));
  // Loading the library that draws takes longer than all else: only what can be drawn pays for it.
  const { drawMetrics } = await import("../../telemetry/plot/draw-metrics.ts");
  await writeContent(invocation, "metrics plot", { file: values.output, content: picture(drawMetrics(log)) });
  return undefined;
}

async function* picture(svg: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(svg);
}
