// Writes docs/cli.md, docs/events.md and docs/events.schema.json from the commands and the event rules.
// With --check it writes nothing and fails when a page is not what it would write.
import { readFileSync, writeFileSync } from "node:fs";
import { cliReference } from "./cli-reference.ts";
import { eventReference } from "./event-reference.ts";
import { eventJsonSchema } from "../src/cli/events.ts";

const docs = new URL("../docs/", import.meta.url);

/** Each generated page and its text. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    "cli.md": await cliReference(),
    "events.md": eventReference(),
    "events.schema.json": `${JSON.stringify(eventJsonSchema(), null, 2)}\n`,
  };
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  for (const [name, text] of Object.entries(await generatedPages())) {
    const place = new URL(name, docs);
    if (!check) writeFileSync(place, text);
    else if (current(place) !== text) {
      console.error(`docs/${name} is out of date: run node tools/generate-cli-docs.ts`);
      process.exitCode = 1;
    }
  }
}

function current(place: URL): string {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return "";
  }
}
