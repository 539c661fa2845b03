import { inspect } from "node:util";
import type { AppError } from "../shared/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Causes that are followed when an error is shown in full. */
const CAUSES_MAX = 10;

/** An error for people, in three lines: what, why, what to do. A part that has nothing to say is left out. */
export function errorText(error: AppError, terminal: Pick<Terminal, "style">): string {
  const lines = [`${terminal.style("error", "error:")} ${printable(error.what)} [${error.code}]`];
  if (error.why !== "") lines.push(`why:   ${printable(error.why)}`);
  if (error.hint !== "") lines.push(`${terminal.style("hint", "hint:")}  ${printable(error.hint)}`);
  return lines.join("\n");
}

/** Errors quote what users and servers said: none of it may move the cursor or colour the screen. Line breaks stay. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Stacks of an error and its causes, for `--debug`. */
export function debugText(thrown: unknown): string {
  const lines: string[] = [];
  let error = thrown;
  for (let depth = 0; error !== undefined && depth < CAUSES_MAX; depth += 1) {
    const text = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
    lines.push(`${depth === 0 ? "" : "caused by "}${text}`);
    error = error instanceof Error ? error.cause : undefined;
  }
  return lines.join("\n");
}
