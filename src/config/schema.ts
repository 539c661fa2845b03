import { z } from "zod";
import type { Config } from "./config.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const NAME_RULE = "names are letters, digits, '.', '_' and '-'";
const SIZE = /^\d+(\.\d+)?\s*([kmgt]i?)?b?$/i;
/** Variables that hold a secret must be references; their plain value has no place in a file. */
const SECRET_NAME = /(KEY|SECRET|TOKEN|PASSWORD|CONNECTION_STRING)$/;
const THREADS_MAX = 256;
const WORKERS_MAX = 256;
const COMPRESSION_LEVEL_MAX = 19;

const secret = z.union(
  [
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ command: z.array(z.string()).min(1) }),
    z.strictObject({ env: z.string().min(1) }),
  ],
  { error: "expected a reference to a secret: {file: PATH}, {command: [PROGRAM, ARGUMENT...]} or {env: NAME}" },
);

const environment = z.record(z.string(), z.union([z.string(), secret])).superRefine((values, check) => {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "string" || !SECRET_NAME.test(name)) continue;
    check.addIssue({
      code: "custom",
      path: [name],
      message: "a secret may not stand in the file; use {file: ...}, {command: [...]} or {env: ...}",
    });
  }
});

const texts = z.array(z.string().min(1));
const threads = z.int().min(0).max(THREADS_MAX);
const compression = z.int().min(0).max(COMPRESSION_LEVEL_MAX);

const repository = z.strictObject({ location: z.string().min(1), password: secret.optional(), environment: environment.optional() });

const job = z.strictObject({
  sources: texts.min(1),
  repository: z.string().min(1).optional(),
  tags: texts.optional(),
  host: z.string().min(1).optional(),
  exclude: texts.optional(),
  "exclude-file": texts.optional(),
  include: texts.optional(),
  "exclude-caches": z.boolean().optional(),
  "exclude-if-present": texts.optional(),
  "one-file-system": z.boolean().optional(),
  "exclude-larger-than": z.union([z.string().regex(SIZE, "expected a size such as 100MiB"), z.int().min(0)]).optional(),
  threads: threads.optional(),
  "metrics-log": z.string().min(1).optional(),
  compression: compression.optional(),
});

const textOrTexts = z.union([z.string().min(1), texts], { error: "expected a text or a list of texts" });

const guid = z.strictObject({
  source_path: z.string().min(1).optional(),
  guid_mapping_file: z.string().min(1).optional(),
  skip_files: textOrTexts.optional(),
  skip_path: textOrTexts.optional(),
  restore_root: z.string().min(1).optional(),
  max_workers: z.int().min(1).max(WORKERS_MAX).optional(),
  metrics_log_file: z.string().min(1).optional(),
  connection_string: z
    .union([z.string().min(1), secret], { error: "expected a text, or a reference to a secret such as {env: NAME}" })
    .optional(),
  container_name: z.string().min(1).optional(),
});

const named = <T extends z.ZodType>(value: T): z.ZodRecord<z.ZodString, T> => z.record(z.string().regex(NAME, NAME_RULE), value);

const top = z.strictObject({
  repository: z.string().min(1).optional(),
  "cache-dir": z.string().min(1).optional(),
  "no-cache": z.boolean().optional(),
  catalog: z.string().min(1).optional(),
  "no-progress": z.boolean().optional(),
  threads: threads.optional(),
  compression: compression.optional(),
  repositories: named(repository).optional(),
  jobs: named(job).optional(),
  guid: guid.optional(),
});

/** The shape of the configuration file. Unknown keys are refused, so that a misspelt exclude is not silently ignored. */
export const configSchema: z.ZodType<Config> = top;

/** The keys that a section accepts, for suggestions. */
export const KNOWN_KEYS: Readonly<Record<"top" | "repository" | "job" | "guid", readonly string[]>> = {
  top: Object.keys(top.shape),
  repository: Object.keys(repository.shape),
  job: Object.keys(job.shape),
  guid: Object.keys(guid.shape),
};
