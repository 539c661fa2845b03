import type { GuidRestoreRequest, GuidRestoreSummary, GuidRestoredItem } from "../../guid/face.ts";
import { AppError } from "../../shared/errors.ts";
import { describeAzureBlob } from "../../storage/azure-blob/azure-spec.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { choiceFlag, listFlag, textFlag } from "../flags.ts";
import { formatBytes, formatCount, formatItems } from "../format-text.ts";
import { formatSeconds } from "../guid-text.ts";
import { containerFlags, containerRequest, guidSection, guidWorld, pathOf } from "../guid-settings.ts";
import { withMetricsLog } from "../metrics-log.ts";
import { incomplete } from "../outcomes.ts";
import { runOperation } from "../run-operation.ts";

const METRICS_LOG_DEFAULT = "system_metrics_log.json";

const flags = {
  ...containerFlags,
  to: textFlag("to ROOT", "folder to restore into; made when missing", { envFirst: "VARVE_GUID_RESTORE_ROOT", configKey: "restore_root" }),
  skipFiles: listFlag(
    "skip-files NAME",
    "do not miss files of this name, or whose name matches this glob: they were left out when saving",
    {
      envFirst: "VARVE_GUID_SKIP_FILES",
      configKey: "skip_files",
    },
  ),
  overwrite: choiceFlag("overwrite", ["skip", "if-changed", "always", "fail"], {
    help: "what to do with files that are there already",
    initial: "if-changed",
  }),
  metricsLog: textFlag("metrics-log FILE", "write CPU, memory, disk and throughput of each second to this JSON file, or 'none'", {
    envFirst: "VARVE_GUID_METRICS_LOG_FILE",
    configKey: "metrics_log_file",
    defaultText: METRICS_LOG_DEFAULT,
  }),
};

export const guidRestoreCommand: Command = defineCommand({
  name: "guid restore",
  summary: "bring the blobs of a mapping back as files",
  description:
    "Downloads the blob of each GUID to the path that the mapping has for it, below a root that nothing leaves: /srv/data/a is restored as ROOT/srv/data/a. Content is checked against its MD5 and takes its name when it is whole, so an interrupted restore goes on when it is run again.",
  args: [],
  flags,
  examples: [
    { command: "varve guid restore --container backup --to /tmp/restored", text: "everything, and system_metrics_log.json beside it" },
    { command: "varve guid restore --mapping data.json --container backup --to / --overwrite skip", text: "put back what is missing" },
  ],
  codes: ["E_INCOMPLETE", "E_CONFIG", "E_STORE_CONTAINER", "E_STORE_DENIED", "E_STORE_UNAVAILABLE", "E_TARGET_ROOT", "E_ABORTED"],
  endsInOrder: true,
  section: guidSection,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, global, output, flags: values } = invocation;
  const request: GuidRestoreRequest = {
    root: rootOf(invocation),
    overwrite: values.overwrite,
    skipFiles: values.skipFiles,
    ...(await containerRequest(invocation, values)),
  };
  const file = values.metricsLog ?? METRICS_LOG_DEFAULT;
  const logged = file === "none" ? undefined : { file, byDefault: values.metricsLog === undefined, ...loggedRun(request) };
  const lines = output.json ? global.verbose : !global.quiet;
  return await withMetricsLog(invocation, logged, async (metrics) => {
    const options = { phase: "restore", words: { done: "restored", stored: "fetched" }, metrics, writesLines: true };
    const listener = (item: GuidRestoredItem): Promise<void> => (lines ? writeItem(item, invocation) : Promise.resolve());
    const summary = await runOperation(invocation, options, (world) =>
      context.services.guid.restore(request, guidWorld(invocation, world, metrics?.requests), listener),
    );
    await writeSummary(summary, invocation);
    return summary.issues === 0 ? undefined : incomplete(summary.issues, "restored", output.json);
  });
}

function rootOf(invocation: Invocation<typeof flags>): string {
  const { to } = invocation.flags;
  if (to !== undefined) return pathOf(invocation, to);
  throw new AppError({ code: "E_USAGE", what: "no target is named", why: "restore never guesses where to write", hint: "add --to ROOT" });
}

function loggedRun({ mapping, container, workers, root, overwrite }: GuidRestoreRequest) {
  const place = describeAzureBlob(container);
  return {
    command: "varve guid restore",
    subject: `${place} to ${root}`,
    settings: { mapping, container: place, max_workers: workers, restore_root: root, overwrite },
  };
}

function writeItem({ action, path, size }: GuidRestoredItem, { output }: Pick<Invocation<typeof flags>, "output">): Promise<void> {
  return output.itemDone(
    () => ({ message_type: "item", action, path, size }),
    () => `${action.padEnd(10)} ${path} ${formatBytes(size)}`,
  );
}

async function writeSummary(summary: GuidRestoreSummary, { output, global }: Invocation<typeof flags>): Promise<void> {
  if (output.json)
    output.event({
      message_type: "summary",
      command: "guid restore",
      entries: summary.entries,
      files_restored: summary.filesRestored,
      files_unchanged: summary.filesUnchanged,
      files_skipped: summary.filesSkipped,
      placeholders: summary.placeholders,
      blobs_missing: summary.blobsMissing,
      files_unchecked: summary.unchecked,
      bytes_written: summary.bytesWritten,
      bytes_fetched: summary.bytesFetched,
      requests: summary.requests,
      issues: summary.issues,
      duration_seconds: Math.round(summary.durationMs) / 1000,
    });
  else if (!global.quiet) await output.text(summaryText(summary));
}

function summaryText(summary: GuidRestoreSummary): string {
  const parts = [
    `${formatItems(summary.filesRestored, "file")} restored`,
    `${formatCount(summary.filesUnchanged)} unchanged`,
    ...(summary.filesSkipped > 0 ? [`${formatCount(summary.filesSkipped)} skipped`] : []),
    ...(summary.placeholders > 0 ? [formatItems(summary.placeholders, "placeholder")] : []),
    ...(summary.blobsMissing > 0 ? [`${formatCount(summary.blobsMissing)} missing in the container`] : []),
  ];
  return [
    `restored: ${parts.join(", ")}`,
    `data:     ${formatBytes(summary.bytesWritten)} written, ${formatBytes(summary.bytesFetched)} fetched in ${formatItems(summary.requests, "request")}`,
    `time:     ${formatSeconds(summary.durationMs)}`,
  ].join("\n");
}
