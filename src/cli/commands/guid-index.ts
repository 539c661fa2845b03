import type { GuidIndexSummary } from "../../guid/face.ts";
import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { formatBytes, formatCount, formatDuration, formatItems } from "../format-text.ts";
import { guidSection, guidWorld, mappingFlag, mappingOf, pathOf } from "../guid-settings.ts";
import { incomplete } from "../outcomes.ts";
import { runOperation } from "../run-operation.ts";

const flags = {
  sourcePath: textFlag("source-path DIR", "the same as SOURCE", { envFirst: "VARVE_GUID_SOURCE_PATH", configKey: "source_path" }),
  mapping: mappingFlag,
  keep: switchFlag("keep", "files that are in the mapping already keep their GUIDs"),
};

export const guidIndexCommand: Command = defineCommand({
  name: "guid index",
  summary: "give every file of a folder a GUID",
  description:
    "Walks a folder and writes a mapping: a JSON object with a GUID and the path of each file. An older mapping is replaced once the new one is whole. Without --keep every file gets a new GUID, and blobs saved under the old ones are no longer found.",
  args: [{ name: "SOURCE", help: "folder to index", required: false, variadic: false }],
  flags,
  examples: [
    { command: "varve guid index /srv/data", text: "write guid_file_mapping.json" },
    { command: "varve guid index /srv/data --mapping data.json --keep --quiet", text: "add new files, drop old ones, print nothing" },
  ],
  codes: ["E_INCOMPLETE", "E_SOURCE_MISSING", "E_TARGET_ROOT", "E_CONFIG"],
  endsInOrder: true,
  section: guidSection,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, global, output, flags: values } = invocation;
  const request = { source: sourceOf(invocation), mapping: mappingOf(invocation, values.mapping), keep: values.keep };
  const listener = async (guid: string, path: string): Promise<void> => {
    if (global.quiet) return;
    await output.itemDone(
      () => ({ message_type: "result", kind: "guid_mapping", guid, path }),
      () => `${guid}: ${path}`,
    );
  };
  const options = { phase: "index", words: { done: "found", stored: "stored" }, writesLines: true };
  const summary = await runOperation(invocation, options, (world) =>
    context.services.guid.index(request, guidWorld(invocation, world), listener),
  );
  await writeSummary(summary, invocation);
  return summary.issues === 0 ? undefined : incomplete(summary.issues, "indexed", output.json);
}

function sourceOf(invocation: Invocation<typeof flags>): string {
  const named = invocation.args[0] ?? invocation.flags.sourcePath;
  if (named !== undefined && named !== "") return pathOf(invocation, named);
  throw new AppError({
    code: "E_USAGE",
    what: "no source is named",
    why: "neither SOURCE nor --source-path nor 'source_path' in the configuration says what to index",
    hint: "name the folder: varve guid index /srv/data",
  });
}

async function writeSummary(summary: GuidIndexSummary, { output, global }: Invocation<typeof flags>): Promise<void> {
  const { mapping, serverGuid, files, kept, bytes, directories, others, issues, durationMs } = summary;
  if (output.json)
    output.event({
      message_type: "summary",
      command: "guid index",
      mapping,
      server_guid: serverGuid,
      files,
      files_kept: kept,
      bytes,
      directories,
      others,
      issues,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  else if (!global.quiet) {
    const parts = [
      `${formatItems(files, "file")}, ${formatBytes(bytes)}, in ${formatItems(directories + 1, "folder")}`,
      ...(kept > 0 ? [`${formatCount(kept)} kept their GUIDs`] : []),
      ...(others > 0 ? [`${formatItems(others, "link or special file", "links and special files")} left out`] : []),
    ];
    await output.text(`mapping ${mapping} written: ${parts.join("; ")}; in ${formatDuration(durationMs)}`);
  }
}
