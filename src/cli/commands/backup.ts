import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { BackupRequest, BackupSource, BackupSummary } from "../../archiver/face.ts";
import type { ConfigPath, LoadedConfig } from "../../config/config.ts";
import { expandPath } from "../../config/load.ts";
import { suggest } from "../../config/suggest.ts";
import type { OpenRepository } from "../../repository/repository.ts";
import { byteStringOf } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import { systemReason } from "../../shared/system-reason.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { listFlag, numberFlag, sizeFlag, switchFlag, textFlag } from "../flags.ts";
import { formatBytes, formatCount, formatDuration, formatItems } from "../format-text.ts";
import { metricsLogFlag, pathsInWords, repositoryInWords, withMetricsLog } from "../metrics-log.ts";
import type { LoggedRun } from "../metrics-log.ts";
import { incomplete } from "../outcomes.ts";
import { catalogPath } from "../repository-access.ts";
import { runOperation } from "../run-operation.ts";
import { defaultThreads, threadsFlag } from "../shared-flags.ts";
import { placeInWords, sharePlace } from "../share-place.ts";
import { withRepository } from "../with-repository.ts";

const COMPRESSION_LEVEL_DEFAULT = 2;
const COMPRESSION_LEVEL_MAX = 19;

const flags = {
  tag: listFlag("tag TAG", "label the snapshot", { configKey: "tags", separator: /[,\n]/ }),
  host: textFlag("host NAME", "host to record", { defaultText: "this machine's name" }),
  exclude: listFlag("exclude PATTERN", "leave out what matches this gitignore line"),
  excludeFile: listFlag("exclude-file FILE", "leave out what matches the gitignore lines of this file"),
  include: listFlag("include PATTERN", "save only files that match this gitignore line"),
  excludeCaches: switchFlag("exclude-caches", "leave out folders that hold a CACHEDIR.TAG"),
  excludeIfPresent: listFlag("exclude-if-present NAME", "leave out folders that hold a file of this name"),
  oneFileSystem: switchFlag("one-file-system", "do not enter other mounted file systems"),
  excludeLargerThan: sizeFlag("exclude-larger-than", "leave out larger files"),
  noShareSnapshot: switchFlag("no-share-snapshot", "read Azure Files shares as they are now, without making a share snapshot"),
  allowEmpty: switchFlag("allow-empty", "save a share although it is empty now and was not before"),
  dryRun: switchFlag("dry-run", "compare and report only; write nothing", { short: "n" }),
  force: switchFlag("force", "read every file again, even when it looks unchanged"),
  threads: threadsFlag,
  metricsLog: metricsLogFlag,
  compression: numberFlag(
    "compression",
    { min: 0, max: COMPRESSION_LEVEL_MAX },
    { help: "zstd level; 0 stores as it is", placeholder: "LEVEL", defaultText: String(COMPRESSION_LEVEL_DEFAULT) },
  ),
};

export const backupCommand: Command = defineCommand({
  name: "backup",
  summary: "save paths and shares as a new snapshot",
  description:
    "Saves files, folders and Azure Files shares as a new snapshot, or runs a job of the configuration by its name. A path that exists wins over a job of the same name.",
  args: [{ name: "PATH", help: "file, folder or azfiles://ACCOUNT/SHARE/PATH to save, or one job", required: true, variadic: true }],
  flags,
  examples: [
    { command: "varve backup ~/docs --repo ./repo --tag daily", text: "save one folder" },
    {
      command: "varve backup / --one-file-system --exclude-caches --exclude '*.tmp'",
      text: "save a system, repository from VARVE_REPOSITORY",
    },
    { command: "varve backup azfiles://account/share", text: "save a share, credentials from VARVE_SOURCE_..." },
    { command: "varve backup nightly", text: "run the job 'nightly' of the configuration" },
  ],
  codes: [
    "E_INCOMPLETE",
    "E_STORE_UNAVAILABLE",
    "E_REPO_NOT_FOUND",
    "E_FENCED",
    "E_PASSWORD",
    "E_STORE_DENIED",
    "E_SHARE_DENIED",
    "E_SOURCE_EMPTY",
    "E_ABORTED",
  ],
  endsInOrder: true,
  section: jobSection,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const request = await backupRequest(invocation);
  const { context, output } = invocation;
  return await withMetricsLog(invocation, await loggedRun(invocation, request), async (metrics) => {
    const options = { phase: "backup", words: { done: "read", stored: "stored" }, metrics };
    const save = (repository: OpenRepository): Promise<BackupSummary> =>
      runOperation(invocation, options, (world) =>
        context.services.operations.backup(repository, request, { ...world, catalogPath: catalogPath(invocation, repository.id) }),
      );
    context.services.operations.load("backup");
    const summary = await withRepository(invocation, save, metrics?.requests);
    await writeSummary(summary, invocation);
    return summary.issues === 0 ? undefined : incomplete(summary.issues, request.dryRun ? "compared" : "saved", output.json);
  });
}

async function loggedRun(invocation: Invocation<typeof flags>, request: BackupRequest): Promise<LoggedRun | undefined> {
  const { metricsLog: file, dryRun, force } = invocation.flags;
  if (file === undefined) return undefined;
  const repository = await repositoryInWords(invocation);
  const sources = request.sources.map(placeInWords);
  const { tags, exclude, threads, compressionLevel } = request;
  const filters = { exclude: exclude.patterns, include: exclude.includes };
  return {
    file,
    command: "varve backup",
    subject: `${pathsInWords(sources)} to ${repository}`,
    settings: { repository, sources, tags, ...filters, threads, compression: compressionLevel, dry_run: dryRun, force },
  };
}

/** The job that the only argument names, unless a path of that name is there. */
function jobSection(args: readonly string[], loaded: LoadedConfig, context: CliContext): ConfigPath | undefined {
  const [name, ...others] = args;
  if (name === undefined || others.length > 0 || !Object.hasOwn(loaded.config.jobs ?? {}, name)) return undefined;
  return statSync(resolve(context.cwd, name), { throwIfNoEntry: false }) === undefined ? ["jobs", name] : undefined;
}

async function backupRequest(invocation: Invocation<typeof flags>): Promise<BackupRequest> {
  const { context, flags: values } = invocation;
  const files = values.excludeFile.flatMap((path) => patternLines(expandPath(path, context.cwd, context.machine.home)));
  return {
    sources: await sourcesOf(invocation),
    noShareSnapshot: values.noShareSnapshot,
    allowEmpty: values.allowEmpty,
    exclude: {
      patterns: [...files, ...values.exclude],
      includes: values.include,
      caches: values.excludeCaches,
      ifPresent: values.excludeIfPresent,
      oneFileSystem: values.oneFileSystem,
      largerThanBytes: values.excludeLargerThan,
    },
    tags: [...new Set(values.tag)],
    host: values.host ?? context.machine.host,
    user: context.machine.user,
    dryRun: values.dryRun,
    rereadAll: values.force,
    threads: values.threads ?? defaultThreads(context),
    compressionLevel: values.compression ?? COMPRESSION_LEVEL_DEFAULT,
  };
}

async function sourcesOf({ context, args, loaded }: Invocation<typeof flags>): Promise<readonly BackupSource[]> {
  const section = jobSection(args, loaded, context);
  const jobs = loaded.config.jobs ?? {};
  const paths = section === undefined ? args : (jobs[String(section[1])]?.sources ?? []);
  if (paths.includes(""))
    // It would resolve to the current folder: not what `backup "$UNSET"` asks for.
    throw new AppError({
      code: "E_USAGE",
      what: "cannot save ''",
      why: "an empty text names no path",
      hint: "name the folder; the current one is .",
    });
  refuseMisspeltJob(paths, Object.keys(jobs), context);
  return await Promise.all(paths.map((path) => backupSource(path, context)));
}

async function backupSource(path: string, context: CliContext): Promise<BackupSource> {
  const share = await sharePlace(path, "VARVE_SOURCE", context);
  if (share !== undefined) return share;
  if (/^[a-z]+:\/\//.test(path)) {
    throw new AppError({
      code: "E_USAGE",
      what: `cannot save ${path}`,
      why: "a source is a path of this machine, or azfiles://account/share/path",
      hint: "mount it and name the folder",
    });
  }
  return byteStringOf(resolve(context.cwd, path));
}

/** A lone word that is no path but nearly a job is a slip; saving nothing under that name would help nobody. */
function refuseMisspeltJob(paths: readonly string[], jobs: readonly string[], context: CliContext): void {
  const [word = "", ...others] = paths;
  if (others.length > 0 || word.includes("/")) return;
  const near = suggest(word, jobs);
  if (near === undefined || statSync(resolve(context.cwd, word), { throwIfNoEntry: false }) !== undefined) return;
  throw new AppError({
    code: "E_USAGE",
    what: `'${word}' is neither a path nor a job`,
    why: `the configuration knows the jobs ${jobs.join(", ")}`,
    hint: `did you mean: varve backup ${near}`,
  });
}

function patternLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/);
  } catch (error) {
    throw new AppError({
      code: "E_USAGE",
      what: `cannot read the exclude file ${path}`,
      why: systemReason(error, "it cannot be opened"),
      hint: "check --exclude-file",
      cause: error,
    });
  }
}

async function writeSummary(summary: BackupSummary, { output, global, flags: values }: Invocation<typeof flags>): Promise<void> {
  const { durationMs, ...counts } = summary;
  if (output.json) {
    output.event({
      message_type: "summary",
      command: "backup",
      dry_run: values.dryRun,
      snapshot: counts.snapshot,
      parent: counts.parent,
      files_new: counts.filesNew,
      files_changed: counts.filesChanged,
      files_unmodified: counts.filesUnmodified,
      files_moved: counts.filesMoved,
      files_removed: counts.filesRemoved,
      directories: counts.directories,
      total_bytes: counts.totalBytes,
      read_bytes: counts.readBytes,
      added_bytes: counts.addedBytes,
      stored_bytes: counts.storedBytes,
      issues: counts.issues,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  } else if (global.quiet) {
    if (summary.snapshot !== "") await output.text(summary.snapshot);
  } else await output.text(summaryText(summary, values.dryRun));
}

function summaryText(summary: BackupSummary, dryRun: boolean): string {
  const total = `${formatItems(summary.filesNew + summary.filesChanged + summary.filesUnmodified + summary.filesMoved, "file")}, ${formatItems(summary.directories, "folder")}, ${formatBytes(summary.totalBytes)}`;
  const { filesNew, filesChanged, filesMoved, filesRemoved, filesUnmodified } = summary;
  const changes = [
    `${formatCount(filesNew)} new`,
    `${formatCount(filesChanged)} changed`,
    `${formatCount(filesMoved)} moved`,
    `${formatCount(filesRemoved)} removed`,
    `${formatCount(filesUnmodified)} unmodified`,
  ];
  return [
    dryRun ? `dry run, nothing saved: ${total}` : `snapshot ${summary.snapshot.slice(0, 8)} saved: ${total}`,
    `files:  ${changes.join(", ")}`,
    `data:   ${formatBytes(summary.readBytes)} read, ${formatBytes(summary.addedBytes)} new, ${formatBytes(summary.storedBytes)} stored, in ${formatDuration(summary.durationMs)}`,
  ].join("\n");
}
