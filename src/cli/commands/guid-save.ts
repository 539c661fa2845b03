import type { GuidSaveRequest, GuidSaveSummary } from "../../guid/face.ts";
import { describeAzureBlob } from "../../storage/azure-blob/azure-spec.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { formatBytes, formatCount, formatItems } from "../format-text.ts";
import { formatSeconds } from "../guid-text.ts";
import { containerFlags, containerRequest, guidSection, guidWorld, memoryFolder, skipFlags, skipPathsOf } from "../guid-settings.ts";
import { metricsLogFlag, withMetricsLog } from "../metrics-log.ts";
import { incomplete } from "../outcomes.ts";
import { runOperation } from "../run-operation.ts";

const flags = {
  ...containerFlags,
  ...skipFlags,
  createContainer: switchFlag("create-container", "make the container when it is missing"),
  force: switchFlag("force", "send every file, also what the container has already"),
  metricsLog: metricsLogFlag,
};

export const guidSaveCommand: Command = defineCommand({
  name: "guid save",
  summary: "save the files of a mapping as blobs named by their GUIDs",
  description:
    "Uploads every file of a mapping as one blob whose name is its GUID, many at once. What the container has already with the same size and MD5 is not sent again, so an interrupted run goes on when it is run again.",
  args: [],
  flags,
  examples: [
    {
      command: "varve guid save --container backup --create-container",
      text: "mapping guid_file_mapping.json, account from AZURE_STORAGE_CONNECTION_STRING",
    },
    {
      command: "varve guid save --mapping data.json --container backup --skip-files '*.tmp' --skip-path /srv/data/cache",
      text: "leave some out",
    },
  ],
  codes: ["E_INCOMPLETE", "E_CONFIG", "E_STORE_CONTAINER", "E_STORE_DENIED", "E_STORE_UNAVAILABLE", "E_ABORTED"],
  endsInOrder: true,
  section: guidSection,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, output, flags: values } = invocation;
  const request: GuidSaveRequest = {
    ...(await containerRequest(invocation, values)),
    createContainer: values.createContainer,
    skipFiles: values.skipFiles,
    skipPaths: skipPathsOf(invocation, values.skipPath),
    force: values.force,
    cacheFolder: memoryFolder(invocation),
  };
  const { metricsLog: file } = values;
  const logged = file === undefined ? undefined : { file, ...loggedRun(request) };
  return await withMetricsLog(invocation, logged, async (metrics) => {
    const options = { phase: "save", words: { done: "done", stored: "sent" }, metrics };
    const summary = await runOperation(invocation, options, (world) =>
      context.services.guid.save(request, guidWorld(invocation, world, metrics?.requests)),
    );
    await writeSummary(summary, invocation);
    return summary.issues === 0 ? undefined : incomplete(summary.issues, "saved", output.json);
  });
}

function loggedRun({ mapping, container, workers, skipFiles, skipPaths, force }: GuidSaveRequest) {
  const place = describeAzureBlob(container);
  return {
    command: "varve guid save",
    subject: `${mapping} to ${place}`,
    settings: { mapping, container: place, max_workers: workers, skip_files: skipFiles, skip_path: skipPaths, force },
  };
}

async function writeSummary(summary: GuidSaveSummary, { output, global }: Invocation<typeof flags>): Promise<void> {
  if (output.json)
    output.event({
      message_type: "summary",
      command: "guid save",
      entries: summary.entries,
      files_uploaded: summary.filesUploaded,
      files_unchanged: summary.filesUnchanged,
      files_skipped: summary.filesSkipped,
      placeholders: summary.placeholders,
      placeholders_made: summary.placeholdersMade,
      files_missing: summary.filesMissing,
      bytes_read: summary.bytesRead,
      bytes_uploaded: summary.bytesUploaded,
      requests: summary.requests,
      issues: summary.issues,
      duration_seconds: Math.round(summary.durationMs) / 1000,
    });
  else if (!global.quiet) await output.text(summaryText(summary));
}

function summaryText(summary: GuidSaveSummary): string {
  const parts = [
    `${formatItems(summary.filesUploaded, "file")} uploaded`,
    `${formatCount(summary.filesUnchanged)} unchanged`,
    ...(summary.filesSkipped > 0 ? [`${formatCount(summary.filesSkipped)} skipped`] : []),
    ...(summary.placeholders > 0 ? [formatItems(summary.placeholders, "placeholder")] : []),
    ...(summary.filesMissing > 0 ? [`${formatCount(summary.filesMissing)} missing`] : []),
  ];
  return [
    `saved: ${parts.join(", ")}`,
    `data:  ${formatBytes(summary.bytesUploaded)} sent in ${formatItems(summary.requests, "request")}`,
    `time:  ${formatSeconds(summary.durationMs)}`,
  ].join("\n");
}
