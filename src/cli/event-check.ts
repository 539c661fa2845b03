import assert from "node:assert/strict";
import type { CliEvent } from "./event-types.ts";
import { cliEvent } from "./events.ts";

/** The events in what was written to stdout. Fails for a line that is not one, or that has a field the rules do not know. */
export function eventsIn(text: string): CliEvent[] {
  assert.ok(text === "" || text.endsWith("\n"), "the last line is not complete");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const raw: unknown = JSON.parse(line);
      const event = cliEvent.parse(raw);
      // Parsing drops what the rules do not know.
      assert.deepEqual(event, raw);
      return event;
    });
}
