import { z } from "zod";
import { count, result, summary, text } from "./event-parts.ts";
import type { Event } from "./event-parts.ts";
import type * as events from "./guid-event-types.ts";

const seconds = count("how long it took");

const guidIndex: z.ZodType<Event<events.GuidIndexSummaryBody>> = z.object({
  ...summary("guid index"),
  mapping: text("the mapping file"),
  server_guid: text("what new GUIDs of this mapping start with"),
  files: count("files in the mapping"),
  files_kept: count("files that kept their GUIDs"),
  bytes: count("content of all files"),
  directories: count("folders below the source"),
  others: count("links and special files, left out"),
  issues: count("files and folders that could not be indexed"),
  duration_seconds: seconds,
});

const guidSave: z.ZodType<Event<events.GuidSaveSummaryBody>> = z.object({
  ...summary("guid save"),
  entries: count("entries of the mapping"),
  files_uploaded: count("files sent"),
  files_unchanged: count("files that the container has already"),
  files_skipped: count("files left out by --skip-files"),
  placeholders: count("files below --skip-path, for which an empty blob stands"),
  placeholders_made: count("those that this run made"),
  files_missing: count("files that are gone"),
  bytes_read: count("content that was read"),
  bytes_uploaded: count("content that was sent"),
  requests: count("requests to the service, listings included"),
  issues: count("files not saved in full"),
  duration_seconds: seconds,
});

const guidRestore: z.ZodType<Event<events.GuidRestoreSummaryBody>> = z.object({
  ...summary("guid restore"),
  entries: count("entries of the mapping"),
  files_restored: count("files written"),
  files_unchanged: count("files that were there and equal"),
  files_skipped: count("files left as they were because of --overwrite"),
  placeholders: count("placeholders whose folders were made"),
  blobs_missing: count("entries without a blob"),
  files_unchecked: count("files whose blob has no MD5"),
  bytes_written: count("content that was written"),
  bytes_fetched: count("content that was fetched"),
  requests: count("requests to the service, listings included"),
  issues: count("files not restored in full"),
  duration_seconds: seconds,
});

const guidVerify: z.ZodType<Event<events.GuidVerifySummaryBody>> = z.object({
  ...summary("guid verify"),
  entries: count("entries of the mapping"),
  blobs: count("blobs in the container"),
  bytes: count("content of the blobs that entries stand for"),
  files_compared: count("files compared with their blobs"),
  blobs_read: count("blobs read in full"),
  missing: count("entries without a blob"),
  extra: count("blobs without an entry"),
  wrong_size: count("blobs of another size than their file"),
  wrong_md5: count("blobs with another MD5 than their file"),
  damaged: count("blobs whose content does not have their MD5"),
  unreadable: count("files that could not be read"),
  requests: count("requests to the service, listings included"),
  duration_seconds: seconds,
});

const guidMapping: z.ZodType<Event<events.GuidMappingResult>> = z.object({
  ...result("guid_mapping"),
  guid: text("name of the blob"),
  path: text("path of the file"),
});

const guidFinding: z.ZodType<Event<events.GuidFindingResult>> = z.object({
  ...result("guid_finding"),
  problem: z.enum(["missing", "extra", "wrong-size", "wrong-md5", "damaged", "unreadable"]).describe("what is wrong"),
  name: text("name of the blob"),
  path: text("path of the file; empty for a blob that is not in the mapping"),
  message: text("the finding in words"),
});

const lineRemarks = (what: string) =>
  z.array(z.object({ line: count("line of the file"), text: text("what is to be said") })).describe(what);

const guidConfig: z.ZodType<Event<events.GuidConfigResult>> = z.object({
  ...result("guid_config"),
  file: text("where it was written; empty for nowhere"),
  yaml: text("the configuration"),
  problems: lineRemarks("lines that were not taken over"),
  warnings: lineRemarks("lines that were, but need a look"),
});

/** Summaries of `varve guid` by their names for the documentation. */
export const guidSummaries: Readonly<Record<string, z.ZodType<Event<events.GuidSummaryBody>>>> = {
  "summary of guid index": guidIndex,
  "summary of guid save": guidSave,
  "summary of guid restore": guidRestore,
  "summary of guid verify": guidVerify,
};

/** Results of `varve guid` by their names for the documentation. */
export const guidResults: Readonly<Record<string, z.ZodType<Event<events.GuidResult>>>> = {
  "result guid_mapping (guid index)": guidMapping,
  "result guid_finding (guid verify)": guidFinding,
  "result guid_config (guid import-config)": guidConfig,
};
