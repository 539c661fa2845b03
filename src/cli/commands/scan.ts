import { join, resolve } from "node:path";
import { encodeScanResult, type ScanResult } from "../../format/scan-result.ts";
import { byteStringOf, displayBytes } from "../../shared/bytes.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { formatBytes, formatCount, formatDuration, formatItems } from "../format-text.ts";
import { writeNewFile } from "../new-file.ts";
import { incomplete } from "../outcomes.ts";
import { cacheFolder, catalogFile } from "../repository-access.ts";
import { runOperation } from "../run-operation.ts";
import { sharePlace } from "../share-place.ts";

const flags = {
  full: switchFlag("full", "start over: compare with nothing"),
  output: textFlag("output FILE", "write the result (a FlatBuffers ScanResult) to this file, which must not exist", { short: "o" }),
};

export const scanCommand: Command = defineCommand({
  name: "scan",
  summary: "count what a source holds and what changed in it",
  description:
    "Looks through a folder or an Azure Files share without saving anything: how much is there, and what was added, modified, moved and deleted since its last scan. Needs no repository; a share is read as it is now.",
  args: [{ name: "SOURCE", help: "folder or azfiles://ACCOUNT/SHARE/PATH", required: true, variadic: false }],
  flags,
  examples: [
    { command: "varve scan azfiles://account/share", text: "what is new in a share, credentials from VARVE_SOURCE_..." },
    { command: "varve scan /srv/data --full -o data.scan", text: "count everything, keep the result" },
  ],
  codes: ["E_INCOMPLETE", "E_SOURCE_MISSING", "E_SOURCE_READ", "E_SHARE_DENIED", "E_SHARE_UNAVAILABLE", "E_CATALOG", "E_ABORTED"],
  endsInOrder: true,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, args, flags: values, output } = invocation;
  const text = args[0] ?? "";
  const source = (await sharePlace(text, "VARVE_SOURCE", context)) ?? byteStringOf(resolve(context.cwd, text));
  const request = { source, full: values.full, host: context.machine.host };
  const catalogPath = catalogFile(invocation, () => join(cacheFolder(invocation), "scans.sqlite"));
  const result = await runOperation(invocation, { phase: "scan", words: { done: "counted", stored: "stored" } }, (world) =>
    context.services.operations.scan(request, { ...world, catalogPath }),
  );
  if (values.output !== undefined) await writeNewFile(resolve(context.cwd, values.output), encodeScanResult(result));
  await writeSummary(result, invocation);
  return result.errorCount === 0 ? undefined : incomplete(result.errorCount, "scanned", output.json);
}

async function writeSummary(result: ScanResult, { output, global }: Invocation<typeof flags>): Promise<void> {
  const { files, directories, bytes, added, modified, moved, deleted, errorCount } = result;
  const durationMs = Number(result.finishedNs - result.startedNs) / 1e6;
  if (output.json) {
    output.event({
      message_type: "summary",
      command: "scan",
      source: displayBytes(result.sourcePath),
      files,
      directories,
      bytes,
      added,
      modified,
      moved,
      deleted,
      issues: errorCount,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  } else if (!global.quiet) {
    const changes = `${formatCount(added)} added, ${formatCount(modified)} modified, ${formatCount(moved)} moved, ${formatCount(deleted)} deleted`;
    await output.text(
      `${displayBytes(result.sourcePath)}: ${formatItems(files, "file")}, ${formatItems(directories, "folder")}, ${formatBytes(bytes)}\nsince the last scan: ${changes}, in ${formatDuration(durationMs)}`,
    );
  }
}
