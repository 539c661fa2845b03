import type { GuidConfig } from "../config/config.ts";
import { suggest } from "../config/suggest.ts";
import { pythonSettings } from "./python-settings.ts";
import type { PythonValue } from "./python-settings.ts";

/** Something a person should know about one line of the file. */
export interface ImportRemark {
  readonly line: number;
  readonly text: string;
}

/** What a settings file of the original says, in our words. No secret is ever in it. */
export interface ImportedConfig {
  readonly config: GuidConfig;
  /** Lines that were not taken over. */
  readonly problems: readonly ImportRemark[];
  /** Lines that were, but need a look. */
  readonly warnings: readonly ImportRemark[];
}

const TEXTS = ["source_path", "guid_mapping_file", "restore_root", "metrics_log_file", "container_name"] as const;
const LISTS = ["skip_files", "skip_path"] as const;
const WORKERS_MAX = 256;

const KNOWN: readonly string[] = [...TEXTS, ...LISTS, "max_workers", "connection_string"];

/** The variable that a secret belongs into when the file did not name one. */
const SECRET_VARIABLE = "AZURE_STORAGE_CONNECTION_STRING";

type Draft = { -readonly [K in keyof GuidConfig]: GuidConfig[K] };

/** Turns the original's `config.py` into our settings without running it. A later assignment replaces an earlier one, as in Python. */
export function importConfig(source: string): ImportedConfig {
  const draft: Draft = {};
  const problems: ImportRemark[] = [];
  const warnings: ImportRemark[] = [];
  for (const found of pythonSettings(source)) {
    if (found.kind === "unknown") {
      problems.push({ line: found.line, text: found.why });
      continue;
    }
    const name = found.name.toLowerCase();
    const remark = name === "connection_string" ? takeSecret(draft, found.value) : takeSetting(draft, name, found.value);
    if (remark === undefined) continue;
    (remark.taken ? warnings : problems).push({ line: found.line, text: remark.text });
  }
  return { config: draft, problems, warnings };
}

interface Remark {
  readonly taken: boolean;
  readonly text: string;
}

/** A secret is never copied: where the file has the text itself, the setting refers to the environment instead. */
function takeSecret(draft: Draft, value: PythonValue): Remark | undefined {
  if (value.kind === "none") return undefined;
  const variable = value.kind === "environment" ? value.variable : SECRET_VARIABLE;
  draft.connection_string = { env: variable };
  const literal = value.kind !== "environment" || value.otherwise !== undefined;
  if (!literal) return undefined;
  return { taken: true, text: `the file holds the connection string itself: put it into ${variable} and remove it from there` };
}

function takeSetting(draft: Draft, name: string, value: PythonValue): Remark | undefined {
  if (value.kind === "none") return undefined;
  if (!KNOWN.includes(name)) {
    const near = suggest(name, KNOWN);
    return { taken: false, text: `${name} is not a setting${near === undefined ? "" : `; did you mean ${near}?`}` };
  }
  if (value.kind === "environment") {
    return {
      taken: false,
      text: `${name} comes from the environment variable ${value.variable}: set VARVE_GUID_${name.toUpperCase()} instead`,
    };
  }
  if (name === "max_workers") return takeWorkers(draft, value);
  const list = LISTS.find((known) => known === name);
  if (list !== undefined) return takeList(draft, list, value);
  const key = TEXTS.find((known) => known === name);
  if (key === undefined || value.kind !== "text" || value.value === "") return { taken: false, text: `${name} must be a text` };
  draft[key] = value.value;
  return undefined;
}

function takeWorkers(draft: Draft, value: PythonValue): Remark | undefined {
  if (value.kind !== "number" || value.value < 1 || value.value > WORKERS_MAX)
    return { taken: false, text: `max_workers must be a whole number from 1 to ${WORKERS_MAX}` };
  draft.max_workers = value.value;
  return undefined;
}

function takeList(draft: Draft, key: (typeof LISTS)[number], value: PythonValue): Remark | undefined {
  const texts = value.kind === "list" ? value.values : value.kind === "text" ? [value.value] : undefined;
  if (texts === undefined) return { taken: false, text: `${key} must be a list of texts` };
  const values = texts.filter((text) => text !== "");
  if (values.length > 0) draft[key] = values;
  // There they matched anywhere in the path, which also left out what nobody meant.
  const parts = key === "skip_files" ? values.filter((text) => !/[*?[]/.test(text)) : [];
  if (parts.length === 0) return undefined;
  return { taken: true, text: `skip_files now match whole file names: write *${parts[0]}* for what has it anywhere in its name` };
}
