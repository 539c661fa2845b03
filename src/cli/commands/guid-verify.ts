import type { GuidFinding, GuidVerifySummary } from "../../guid/face.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { formatBytes, formatCount, formatItems } from "../format-text.ts";
import { formatSeconds } from "../guid-text.ts";
import { containerFlags, containerRequest, guidSection, guidWorld, memoryFolder, skipFlags, skipPathsOf } from "../guid-settings.ts";
import { runOperation } from "../run-operation.ts";

const flags = {
  ...containerFlags,
  ...skipFlags,
  readData: switchFlag("read-data", "read every blob and check it against its MD5"),
};

export const guidVerifyCommand: Command = defineCommand({
  name: "guid verify",
  summary: "hold a mapping, its container and its files against each other",
  description:
    "Names blobs that are missing, that no entry of the mapping stands for, or that have another size or MD5 than their file has now. A file that is gone is compared as it was when it was saved, if this machine saved it. With --read-data every blob is read as well.",
  args: [],
  flags,
  examples: [
    { command: "varve guid verify --container backup", text: "what is in the container, against the files" },
    { command: "varve guid verify --mapping data.json --container backup --read-data", text: "and every byte of it" },
  ],
  codes: ["E_DIFFERENCE", "E_CONFIG", "E_STORE_CONTAINER", "E_STORE_DENIED", "E_STORE_UNAVAILABLE", "E_ABORTED"],
  endsInOrder: true,
  section: guidSection,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, output, flags: values } = invocation;
  const request = {
    ...(await containerRequest(invocation, values)),
    skipFiles: values.skipFiles,
    skipPaths: skipPathsOf(invocation, values.skipPath),
    readData: values.readData,
    cacheFolder: memoryFolder(invocation),
  };
  const listener = ({ problem, name, path, message }: GuidFinding): Promise<void> =>
    output.result(
      () => ({ message_type: "result", kind: "guid_finding", problem, name, path, message }),
      () => `${problem.padEnd(10)} ${name}${path === "" ? "" : ` ${path}`}: ${message}`,
    );
  const options = { phase: "verify", words: { done: "verified", stored: "fetched" }, writesLines: true };
  const summary = await runOperation(invocation, options, (world) =>
    context.services.guid.verify(request, guidWorld(invocation, world), listener),
  );
  await writeSummary(summary, invocation);
  const findings = countFindings(summary);
  if (findings === 0) return undefined;
  return {
    code: "E_DIFFERENCE",
    what: `${formatItems(findings, "finding")}: the container is not what the mapping and the files say`,
    why: "each is named above",
    hint: "varve guid save sends what is missing or changed; blobs that are extra belong to another mapping, or to nothing",
  };
}

function countFindings(summary: GuidVerifySummary): number {
  return summary.missing + summary.extra + summary.wrongSize + summary.wrongMd5 + summary.damaged + summary.unreadable;
}

async function writeSummary(summary: GuidVerifySummary, { output, global }: Invocation<typeof flags>): Promise<void> {
  const { entries, blobs, bytes, compared, read, missing, extra, wrongSize, wrongMd5, damaged, unreadable, requests, durationMs } = summary;
  if (output.json)
    output.event({
      message_type: "summary",
      command: "guid verify",
      entries,
      blobs,
      bytes,
      files_compared: compared,
      blobs_read: read,
      missing,
      extra,
      wrong_size: wrongSize,
      wrong_md5: wrongMd5,
      damaged,
      unreadable,
      requests,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  else if (!global.quiet) {
    const counts = Object.entries({ missing, extra, "wrong size": wrongSize, "wrong MD5": wrongMd5, damaged, unreadable });
    const found = counts.filter(([, count]) => count > 0).map(([what, count]) => `${formatCount(count)} ${what}`);
    await output.text(
      [
        `verified: ${formatItems(entries, "entry", "entries")}, ${formatItems(blobs, "blob")}, ${formatBytes(bytes)}; ${formatCount(compared)} compared with files, ${formatCount(read)} read`,
        `found:    ${found.length === 0 ? "nothing wrong" : found.join(", ")}`,
        `time:     ${formatSeconds(durationMs)}`,
      ].join("\n"),
    );
  }
}
