import { LineCounter, isMap, isNode, isScalar, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { z } from "zod";
import { AppError } from "../shared/errors.ts";
import type { Config, ConfigPath } from "./config.ts";
import { KNOWN_KEYS, configSchema } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** A configuration with a way to say where each value stands. */
export interface ParsedConfig {
  readonly config: Config;
  origin(path: ConfigPath): string;
}

/** Parses and validates the text of a configuration file. Throws E_CONFIG with `FILE:LINE:COLUMN` of the first fault. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const broken = document.errors[0];
  if (broken !== undefined) throw fault({ file, at: lines.linePos(broken.pos[0]), why: broken.message });
  const place = (path: ConfigPath): { line: number; col: number } => lines.linePos(offsetOf(document, path));
  const result = configSchema.safeParse(document.toJS() ?? {});
  if (result.success) return { config: result.data, origin: (path) => `${file}:${place(path).line}` };
  const issue = result.error.issues[0];
  if (issue === undefined) throw fault({ file, at: { line: 1, col: 1 }, why: "it is not valid" });
  throw describeIssue(issue, file, place);
}

function describeIssue(issue: z.core.$ZodIssue, file: string, place: (path: ConfigPath) => { line: number; col: number }): AppError {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code !== "unrecognized_keys")
    return fault({ file, at: place(path), why: `${nameOf(path)}: ${issue.message.replace(/^Invalid input: /, "")}` });
  const key = issue.keys[0] ?? "";
  const near = suggest(key, knownKeysAt(path));
  return fault({
    file,
    at: place([...path, key]),
    why: `the key '${key}' is not known${path.length === 0 ? "" : ` in ${nameOf(path)}`}`,
    hint: near === undefined ? `known keys: ${knownKeysAt(path).join(", ")}` : `did you mean '${near}'?`,
  });
}

function knownKeysAt(path: ConfigPath): readonly string[] {
  if (path.length === 0) return KNOWN_KEYS.top;
  if (path[0] === "guid") return KNOWN_KEYS.guid;
  return path[0] === "jobs" ? KNOWN_KEYS.job : KNOWN_KEYS.repository;
}

function nameOf(path: ConfigPath): string {
  return path.length === 0 ? "the file" : path.join(".");
}

function fault(parts: {
  readonly file: string;
  readonly at: { readonly line: number; readonly col: number };
  readonly why: string;
  readonly hint?: string;
}): AppError {
  const where = `${parts.file}:${parts.at.line}:${parts.at.col}`;
  return new AppError({
    code: "E_CONFIG",
    what: `the configuration is not valid at ${where}`,
    why: parts.why,
    hint: parts.hint ?? `correct line ${parts.at.line}, then look at it with: varve config show --config ${parts.file}`,
    data: { file: parts.file, line: parts.at.line, column: parts.at.col },
  });
}

/** Where the key of `path` starts in the text; of the nearest part above it when it is not there itself. */
function offsetOf(document: Document, path: ConfigPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const holder: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(holder) ? holder.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const node: unknown = pair === undefined ? document.getIn(path.slice(0, length), true) : pair.key;
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
