import { z } from "zod";
import { count, flag, head, result, summary, text, texts, time } from "./event-parts.ts";
import type { Event } from "./event-parts.ts";
import type * as events from "./event-types.ts";
import { guidResults, guidSummaries } from "./guid-events.ts";

// The rules of the events in `event-types.ts`, with the words that `docs/events.md` and `docs/events.schema.json` are made
// from. Only tests and the generator load this file: writing events must not cost the validator's start-up.

const dryRun = flag("true when nothing was written");
const seconds = count("how long it took");

const status: z.ZodType<Event<events.StatusBody>> = z.object({
  ...head,
  message_type: z.literal("status"),
  phase: text("what is being done"),
  elapsed_seconds: count("since the operation began"),
  fraction_done: z.number().min(0).max(1).optional().describe("part that is done; absent while the total is not known"),
  seconds_left: count("estimate; absent while there is no honest one").optional(),
  files: count("files known"),
  files_done: count("files finished"),
  directories: count("folders seen"),
  bytes: count("content known"),
  bytes_done: count("content read (backup, check) or written (restore)"),
  bytes_stored: count("sent to the store (backup) or fetched from it"),
  totals_known: flag("false while files and bytes are estimates"),
  current: text("item being worked on"),
  issues: count("problems so far"),
  note: text("a remark for people").optional(),
});

const item: z.ZodType<Event<events.ItemBody>> = z.object({
  ...head,
  message_type: z.literal("item"),
  action: z.enum(["new", "changed", "unmodified", "moved", "removed", "restored", "skipped"]).describe("what was done with it"),
  path: text("the item"),
  size: count("its content in bytes"),
});

const warning: z.ZodType<Event<events.WarningBody>> = z.object({
  ...head,
  message_type: z.literal("warning"),
  message: text("what should be known"),
});

const error: z.ZodType<Event<events.ErrorBody>> = z.object({
  ...head,
  message_type: z.literal("error"),
  path: text("the item"),
  code: text("code of docs/errors.md"),
  message: text("what failed"),
  why: text("why; may be empty"),
  hint: text("what to do; may be empty"),
});

const exitError: z.ZodType<Event<events.ExitErrorBody>> = z.object({
  ...head,
  message_type: z.literal("exit_error"),
  code: text("code of docs/errors.md"),
  exit_code: z.int().min(1).max(255).describe("exit code of the process"),
  message: text("what failed"),
  why: text("why; may be empty"),
  hint: text("what to do; may be empty"),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe("facts such as path, line or key"),
});

const backup: z.ZodType<Event<events.BackupSummaryBody>> = z.object({
  ...summary("backup"),
  dry_run: dryRun,
  snapshot: text("id of the new snapshot; empty for a dry run"),
  parent: text("id of the snapshot it was compared with; empty for none"),
  files_new: count("files that were not there before"),
  files_changed: count("files with other content or metadata"),
  files_unmodified: count("files as before"),
  files_moved: count("files under another name or in another folder"),
  files_removed: count("files that are gone"),
  directories: count("folders"),
  total_bytes: count("content of all files"),
  read_bytes: count("content that was read"),
  added_bytes: count("content the repository did not have"),
  stored_bytes: count("room that took in the store"),
  issues: count("items not saved in full"),
  duration_seconds: seconds,
});

const restore: z.ZodType<Event<events.RestoreSummaryBody>> = z.object({
  ...summary("restore"),
  dry_run: dryRun,
  snapshot: text("id of the snapshot"),
  files_restored: count("files written"),
  files_unchanged: count("files that were there and equal"),
  files_skipped: count("files left as they were because of --overwrite"),
  files_verified: count("files read back and compared"),
  directories: count("folders"),
  others: count("links, devices and the like"),
  deleted: count("items removed by --delete-extra"),
  bytes_written: count("content written"),
  bytes_fetched: count("fetched from the store"),
  issues: count("items not restored in full"),
  duration_seconds: seconds,
});

const check: z.ZodType<Event<events.CheckSummaryBody>> = z.object({
  ...summary("check"),
  snapshots: count("snapshots looked at"),
  trees: count("folder pages read"),
  files: count("files whose content was looked up"),
  packs: count("packs in the store"),
  packs_read: count("packs read in full"),
  bytes_read: count("bytes of them"),
  chunks_verified: count("chunks whose content matches their id"),
  findings: count("damages found; each was a result of its own"),
  unreferenced_packs: count("packs that no snapshot needs; normal"),
  duration_seconds: seconds,
});

const catalog: z.ZodType<Event<events.CatalogSummaryBody>> = z.object({
  ...summary("catalog rebuild"),
  catalog: text("file"),
  sources: count("sources it knows"),
  rows: count("files and folders it knows"),
  bytes: count("size of the file"),
  duration_seconds: seconds,
});

const scan: z.ZodType<Event<events.ScanSummaryBody>> = z.object({
  ...summary("scan"),
  source: text("what was scanned"),
  files: count("files, and links and the like"),
  directories: count("folders"),
  bytes: count("content of all files"),
  added: count("items that were not there at the last scan"),
  modified: count("files with other content or metadata"),
  moved: count("items under another name or in another folder"),
  deleted: count("items that are gone"),
  issues: count("folders and items that could not be looked at"),
  duration_seconds: seconds,
});

const diff: z.ZodType<Event<events.DiffSummaryBody>> = z.object({
  ...summary("diff"),
  added: count("items added"),
  removed: count("items removed"),
  changed: count("files with other content"),
  metadata: count("items with other metadata only"),
  type: count("items of another type"),
});

const dump: z.ZodType<Event<events.DumpSummaryBody>> = z.object({
  ...head,
  message_type: z.literal("summary"),
  command: z.enum(["cat", "dump", "metrics plot"]),
  output: text("file that was written"),
  bytes: count("its size"),
});

const repository: z.ZodType<Event<events.RepositoryResult>> = z.object({
  ...result("repository"),
  repository_id: text("id of the repository"),
  location: text("where it is"),
  encrypted: flag("false when it opens without a password"),
  recovery_key: z.string().nullable().describe("shown this once; null without a password"),
});

const snapshot: z.ZodType<Event<events.SnapshotResult>> = z.object({
  ...result("snapshot"),
  id: text("full id"),
  started: time("start of the backup"),
  finished: time("its end"),
  host: text("host it was made on"),
  user: text("who made it"),
  tags: texts("its tags"),
  paths: texts("what it saved"),
  parent: text("id of the snapshot it was compared with; empty for none"),
  program: text("program and version that made it"),
  files: count("files"),
  directories: count("folders"),
  bytes: count("content of all files"),
  added_bytes: count("content the repository did not have"),
  stored_bytes: count("room that took in the store"),
  files_new: count("files that were not there before"),
  files_changed: count("files with other content or metadata"),
  files_unmodified: count("files as before"),
  issues: count("items not saved in full"),
});

const entry: z.ZodType<Event<events.EntryResult>> = z.object({
  ...result("entry"),
  snapshot: text("id of the snapshot"),
  path: text("path; bytes that are not UTF-8 as \\xNN"),
  type: z.enum(["file", "directory", "symlink", "fifo", "socket", "character_device", "block_device"]).describe("what it is"),
  size: count("content in bytes"),
  mode: text("permissions in octal, such as 0644"),
  uid: count("owner by number"),
  gid: count("group by number"),
  user: text("owner by name; may be empty"),
  group: text("group by name; may be empty"),
  modified: time("when the content last changed"),
  links: count("hard links"),
  node_id: text("the source's id of the file, in decimal"),
  link_target: text("target of a symlink; else empty"),
});

const change: z.ZodType<Event<events.ChangeResult>> = z.object({
  ...result("change"),
  change: z.enum(["+", "-", "M", "U", "T"]).describe("added, removed, other content, other metadata only, other type"),
  path: text("path"),
  size_before: count("content before"),
  size_after: count("content after"),
});

const finding: z.ZodType<Event<events.FindingResult>> = z.object({
  ...result("finding"),
  object: text("key of the damaged object"),
  problem: z.enum(["missing", "truncated", "damaged", "unreadable", "unindexed-chunk", "wrong-content"]).describe("kind of damage"),
  message: text("the damage in words"),
  affected: texts("paths that cannot be restored because of it, as SNAPSHOT:path; the first 100"),
  affected_count: count("all of them"),
});

const key: z.ZodType<Event<events.KeyResult>> = z.object({
  ...result("key"),
  state: z.enum(["present", "added", "removed"]).describe("listed, or what was done"),
  slot: text("id of the slot"),
  type: z.enum(["passphrase", "recovery", "plain"]).optional().describe("what opens it"),
  created: time("when it was made").optional(),
  label: text("its label").optional(),
  current: flag("true for the slot this run opened").optional(),
});

const stats: z.ZodType<Event<events.StatsResult>> = z.object({
  ...result("stats"),
  repository_id: text("id of the repository"),
  location: text("where it is"),
  format_version: count("version of the format"),
  encrypted: flag("false when it opens without a password"),
  snapshots: count("snapshots"),
  packs: count("packs"),
  pack_bytes: count("room the packs take"),
  index_bytes: count("room the index takes"),
  chunks: count("distinct chunks"),
  plain_bytes: count("their content before compression"),
});

const setting: z.ZodType<Event<events.SettingResult>> = z.object({
  ...result("setting"),
  key: text("name of the setting"),
  value: text("value in force; secrets are masked"),
  origin: text("where it came from"),
});

const version: z.ZodType<Event<events.VersionResult>> = z.object({
  ...result("version"),
  version: text("version of Varve"),
  node: text("version of Node.js"),
  platform: text("system and processor"),
});

const completion: z.ZodType<Event<events.CompletionResult>> = z.object({
  ...result("completion"),
  shell: z.enum(["bash", "zsh", "fish"]).describe("the shell"),
  script: text("the script"),
});

/** Every kind of event by a name for the documentation. */
export const EVENT_SCHEMAS: Readonly<Record<string, z.ZodType<events.CliEvent>>> = {
  status,
  item,
  warning,
  error,
  "summary of backup": backup,
  "summary of restore": restore,
  "summary of check": check,
  "summary of catalog rebuild": catalog,
  "summary of scan": scan,
  "summary of diff": diff,
  "summary of cat and dump": dump,
  ...guidSummaries,
  "result repository (init)": repository,
  "result snapshot (snapshots)": snapshot,
  "result entry (ls, find)": entry,
  "result change (diff)": change,
  "result finding (check)": finding,
  "result key (key)": key,
  "result stats (stats)": stats,
  "result setting (config show)": setting,
  "result version (version)": version,
  "result completion (completion)": completion,
  ...guidResults,
  exit_error: exitError,
};

/** Any event: one line of `--json`. */
export const cliEvent: z.ZodType<events.CliEvent> = z.union(Object.values(EVENT_SCHEMAS));

/** The JSON Schema of one line, for programs in other languages. Open: later versions add fields. */
export function eventJsonSchema(): Record<string, unknown> {
  const anyOf = Object.entries(EVENT_SCHEMAS).map(([title, schema]) => {
    const { $schema: _, ...body } = z.toJSONSchema(schema, { io: "input" });
    return { title, ...body };
  });
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "One line of varve --json", anyOf };
}
