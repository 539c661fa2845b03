import type { CheckFinding, CheckRequest, CheckSummary } from "../../maintenance/face.ts";
import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { shareFlag, switchFlag } from "../flags.ts";
import { formatBytes, formatCount, formatDuration, formatItems } from "../format-text.ts";
import { runOperation } from "../run-operation.ts";
import { defaultThreads, threadsFlag } from "../shared-flags.ts";
import { withRepository } from "../with-repository.ts";

const flags = {
  readData: switchFlag("read-data", "read and verify every byte, not only the structure"),
  readDataSubset: shareFlag("read-data-subset", "read and verify this part of the packs, chosen at random"),
  threads: threadsFlag,
};

export const checkCommand: Command = defineCommand({
  name: "check",
  summary: "look for damage",
  description:
    "Checks that everything the snapshots need is in the repository and whole. A finding names the damaged object and the paths that cannot be restored because of it.",
  args: [],
  flags,
  examples: [
    { command: "varve check", text: "structure: fast, reads no file content" },
    { command: "varve check --read-data-subset 5%", text: "and a random twentieth of the content, for every night" },
    { command: "varve check --read-data", text: "and all content" },
  ],
  codes: ["E_DIFFERENCE", "E_STORE_UNAVAILABLE", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_DENIED", "E_ABORTED"],
  endsInOrder: true,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const request = checkRequest(invocation);
  invocation.context.services.operations.load("check");
  const summary = await withRepository(invocation, (repository) =>
    runOperation(invocation, { phase: "check", words: { done: "checked", stored: "fetched" } }, (world) =>
      invocation.context.services.operations.check(repository, request, world),
    ),
  );
  for (const finding of summary.findings) await writeFinding(finding, invocation);
  await writeSummary(summary, invocation);
  if (summary.findings.length === 0) return undefined;
  return {
    code: "E_DIFFERENCE",
    what: `the repository is damaged: ${formatItems(summary.findings.length, "finding")}`,
    why: "objects of the store are missing or were altered after they were written",
    hint: "keep the store as it is, run 'varve backup' again to save what is still there, and see docs/errors.md",
  };
}

function checkRequest({ context, flags: values }: Invocation<typeof flags>): CheckRequest {
  if (values.readData && values.readDataSubset !== undefined)
    throw new AppError({ code: "E_USAGE", what: "--read-data and --read-data-subset cannot be used together", hint: "give one of them" });
  return { readData: values.readData ? "all" : (values.readDataSubset ?? "none"), threads: values.threads ?? defaultThreads(context) };
}

/** Never fails for want of a reader: the exit code must tell of the damage. */
async function writeFinding(finding: CheckFinding, { output }: Invocation<typeof flags>): Promise<void> {
  const { object, problem, message, affected, affectedCount } = finding;
  output.event({ message_type: "result", kind: "finding", object, problem, message, affected, affected_count: affectedCount });
  const unnamed = affectedCount - affected.length;
  const more = unnamed > 0 ? [`  and ${formatItems(unnamed, "more path")}`] : [];
  await output.text([`${problem}: ${object}: ${message}`, ...affected.map((path) => `  lost: ${path}`), ...more].join("\n"));
}

async function writeSummary(summary: CheckSummary, { output, global }: Invocation<typeof flags>): Promise<void> {
  const { findings, durationMs, ...counts } = summary;
  if (output.json) {
    output.event({
      message_type: "summary",
      command: "check",
      snapshots: counts.snapshots,
      trees: counts.trees,
      files: counts.files,
      packs: counts.packs,
      packs_read: counts.packsRead,
      bytes_read: counts.bytesRead,
      chunks_verified: counts.chunksVerified,
      findings: findings.length,
      unreferenced_packs: counts.unreferencedPacks,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  } else if (!global.quiet) await output.text(summaryText(summary));
}

function summaryText(summary: CheckSummary): string {
  const read =
    summary.packsRead === 0
      ? ""
      : `; ${formatItems(summary.packsRead, "pack")} read, ${formatBytes(summary.bytesRead)}, ${formatItems(summary.chunksVerified, "chunk")} verified`;
  const spare = summary.unreferencedPacks === 0 ? "" : `; ${formatItems(summary.unreferencedPacks, "pack")} that no snapshot needs`;
  const verdict = summary.findings.length === 0 ? "no damage found" : formatItems(summary.findings.length, "finding");
  return `${verdict}: ${formatItems(summary.snapshots, "snapshot")}, ${formatItems(summary.trees, "tree")}, ${formatCount(summary.files)} files, ${formatItems(summary.packs, "pack")}${read}${spare}, in ${formatDuration(summary.durationMs)}`;
}
