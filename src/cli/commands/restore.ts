import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import type { OpenRepository } from "../../repository/repository.ts";
import type { RestoreRequest, RestoreSummary } from "../../restorer/face.ts";
import { byteStringOf } from "../../shared/bytes.ts";
import { AppError, systemCode } from "../../shared/errors.ts";
import { describeShare } from "../../source/azure-files/share-spec.ts";
import { canAsk, confirm } from "../ask.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { choiceFlag, listFlag, switchFlag, textFlag } from "../flags.ts";
import { formatBytes, formatCount, formatDuration, formatItems } from "../format-text.ts";
import { metricsLogFlag, repositoryInWords, withMetricsLog } from "../metrics-log.ts";
import type { LoggedRun } from "../metrics-log.ts";
import { incomplete } from "../outcomes.ts";
import { runOperation } from "../run-operation.ts";
import { defaultThreads, threadsFlag } from "../shared-flags.ts";
import { placeInWords, sharePlace } from "../share-place.ts";
import { splitPlace } from "../snapshot-place.ts";
import { withRepository } from "../with-repository.ts";

const flags = {
  to: textFlag("to DIR", "folder or azfiles://ACCOUNT/SHARE/PATH to restore into; made when missing"),
  include: listFlag("include PATTERN", "restore only what matches this gitignore line"),
  exclude: listFlag("exclude PATTERN", "leave out what matches this gitignore line"),
  overwrite: choiceFlag("overwrite", ["skip", "if-changed", "always", "fail"], {
    help: "what to do with files that are there already",
    initial: "if-changed",
  }),
  deleteExtra: switchFlag("delete-extra", "remove what the target has and the snapshot has not"),
  yes: switchFlag("yes", "do not ask before removing", { short: "y" }),
  fullPaths: switchFlag("full-paths", "keep the absolute path of each source below the target"),
  verify: switchFlag("verify", "read everything back and compare"),
  dryRun: switchFlag("dry-run", "compare and report only; write nothing", { short: "n" }),
  owner: choiceFlag("owner", ["numeric", "by-name", "none"], {
    help: "how to give files their owners",
    initial: undefined,
    defaultText: "by-name as root, else none",
  }),
  threads: threadsFlag,
  metricsLog: metricsLogFlag,
};

export const restoreCommand: Command = defineCommand({
  name: "restore",
  summary: "write a snapshot, or a part of it, into a folder",
  description:
    "Writes a snapshot, or one path of it, into a folder. What is there already and equal is left alone, so an interrupted restore goes on when it is run again.",
  args: [
    {
      name: "SNAPSHOT[:PATH]",
      help: "id, its first characters, latest or latest~N; with a path, only that part",
      required: true,
      variadic: false,
    },
  ],
  flags,
  examples: [
    { command: "varve restore latest --to /tmp/restored", text: "everything of the newest snapshot" },
    { command: "varve restore 1a2b3c4d:/home/ann/docs --to ~/docs --overwrite always", text: "one folder, whatever is there" },
    { command: "varve restore latest --to azfiles://account/restored", text: "into a share, credentials from VARVE_TARGET_..." },
    { command: "varve restore latest --to /srv/data --delete-extra --dry-run", text: "see what an exact copy would change" },
  ],
  codes: [
    "E_INCOMPLETE",
    "E_NOT_FOUND",
    "E_STORE_UNAVAILABLE",
    "E_REPO_NOT_FOUND",
    "E_PASSWORD",
    "E_STORE_DENIED",
    "E_SHARE_DENIED",
    "E_ABORTED",
  ],
  endsInOrder: true,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const request = await restoreRequest(invocation);
  await agreeToDelete(invocation, request);
  return await withMetricsLog(invocation, await loggedRun(invocation, request), async (metrics) => {
    const options = { phase: "restore", words: { done: "restored", stored: "fetched" }, metrics };
    const restore = (repository: OpenRepository): Promise<RestoreSummary> =>
      runOperation(invocation, options, (world) => invocation.context.services.operations.restore(repository, request, world));
    invocation.context.services.operations.load("restore");
    const summary = await withRepository(invocation, restore, metrics?.requests);
    await writeSummary(summary, invocation);
    return summary.issues === 0 ? undefined : incomplete(summary.issues, request.dryRun ? "compared" : "restored", invocation.output.json);
  });
}

async function loggedRun(invocation: Invocation<typeof flags>, request: RestoreRequest): Promise<LoggedRun | undefined> {
  const { args, flags: values } = invocation;
  if (values.metricsLog === undefined) return undefined;
  const repository = await repositoryInWords(invocation);
  const target = placeInWords(request.to);
  const { include, exclude, overwrite, verify, dryRun } = values;
  return {
    file: values.metricsLog,
    command: "varve restore",
    subject: `${args[0] ?? ""} of ${repository} to ${target}`,
    settings: {
      repository,
      snapshot: args[0] ?? "",
      target,
      include,
      exclude,
      overwrite,
      verify,
      dry_run: dryRun,
      threads: request.threads,
    },
  };
}

async function restoreRequest({ context, args, flags: values }: Invocation<typeof flags>): Promise<RestoreRequest> {
  if (values.to === undefined)
    throw new AppError({ code: "E_USAGE", what: "no target is named", why: "restore never guesses where to write", hint: "add --to DIR" });
  return {
    ...splitPlace(args[0] ?? ""),
    to: (await sharePlace(values.to, "VARVE_TARGET", context)) ?? byteStringOf(resolve(context.cwd, values.to)),
    includes: values.include,
    excludes: values.exclude,
    overwrite: values.overwrite,
    deleteExtra: values.deleteExtra,
    fullPaths: values.fullPaths,
    verify: values.verify,
    dryRun: values.dryRun,
    owner: values.owner ?? (context.machine.privileged ? "by-name" : "none"),
    threads: values.threads ?? defaultThreads(context),
  };
}

/** Removing needs a yes, by flag or by hand, unless there is nothing that could be removed. */
async function agreeToDelete(invocation: Invocation<typeof flags>, request: RestoreRequest): Promise<void> {
  const { flags: values, context } = invocation;
  if (!request.deleteExtra || request.dryRun || values.yes) return;
  const isShare = typeof request.to !== "string";
  const target = typeof request.to === "string" ? resolve(context.cwd, values.to ?? "") : describeShare(request.to);
  if (!isShare && isEmptyOrMissing(target)) return;
  if (canAsk(context) && (await confirm(invocation, `Everything in ${target} that the snapshot does not have will be removed.`))) return;
  throw new AppError({
    code: "E_USAGE",
    what: `nothing was restored: --delete-extra would remove items of ${target}`,
    why: "nobody agreed to it",
    hint: "look first with --dry-run, then add --yes",
  });
}

function isEmptyOrMissing(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    return systemCode(error) === "ENOENT";
  }
}

async function writeSummary(summary: RestoreSummary, { output, global, flags: values }: Invocation<typeof flags>): Promise<void> {
  const { durationMs, ...counts } = summary;
  if (output.json) {
    output.event({
      message_type: "summary",
      command: "restore",
      dry_run: values.dryRun,
      snapshot: counts.snapshot,
      files_restored: counts.filesRestored,
      files_unchanged: counts.filesUnchanged,
      files_skipped: counts.filesSkipped,
      files_verified: counts.filesVerified,
      directories: counts.directories,
      others: counts.others,
      deleted: counts.deleted,
      bytes_written: counts.bytesWritten,
      bytes_fetched: counts.bytesFetched,
      issues: counts.issues,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  } else if (!global.quiet) await output.text(summaryText(summary, values.dryRun));
}

function summaryText(summary: RestoreSummary, dryRun: boolean): string {
  const parts = [
    `${formatItems(summary.filesRestored, "file")} restored`,
    `${formatCount(summary.filesUnchanged)} unchanged`,
    `${formatCount(summary.filesSkipped)} skipped`,
  ];
  if (summary.deleted > 0) parts.push(`${formatCount(summary.deleted)} removed`);
  if (summary.filesVerified > 0) parts.push(`${formatCount(summary.filesVerified)} verified`);
  return [
    `${dryRun ? "dry run, nothing written" : "restored"}: snapshot ${summary.snapshot.slice(0, 8)}`,
    `files:  ${parts.join(", ")}; ${formatItems(summary.directories, "folder")}, ${formatItems(summary.others, "other item")}`,
    `data:   ${formatBytes(summary.bytesWritten)} written, ${formatBytes(summary.bytesFetched)} fetched, in ${formatDuration(summary.durationMs)}`,
  ].join("\n");
}
