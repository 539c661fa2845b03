import type { Outcome } from "./command.ts";
import { formatItems } from "./format-text.ts";

/** The operation finished, but not for every item; `done` is what happened to the others. */
export function incomplete(issues: number, done: string, json: boolean): Outcome {
  return {
    code: "E_INCOMPLETE",
    what: `${formatItems(issues, "item")} could not be ${done} in full`,
    why: json ? "each is named by an 'error' event" : "the problems are listed above",
    hint: "correct them and run the same command again: only what is missing is done",
  };
}
