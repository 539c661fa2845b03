import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { loadAllCommands } from "../src/cli/command-list.ts";
import { GLOBAL_FLAGS } from "../src/cli/global-flags.ts";
import { eventsOf } from "../src/cli/run-fake.ts";
import { ERROR_CODES, exitCodeOf } from "../src/shared/error-codes.ts";
import type { ErrorCode } from "../src/shared/error-codes.ts";
import { generatedPages } from "./generate-cli-docs.ts";

const docs = new URL("../docs/", import.meta.url);
const pages = await generatedPages();

for (const [name, text] of Object.entries(pages)) {
  test(`docs/${name} is what the generator writes`, () => {
    assert.ok(readFileSync(new URL(name, docs), "utf8") === text, "run node tools/generate-cli-docs.ts");
  });
}

test("docs/cli.md names every command, flag and environment variable", async () => {
  const page = pages["cli.md"] ?? "";
  for (const command of await loadAllCommands()) {
    assert.ok(page.includes(`## varve ${command.name}\n`), command.name);
    for (const flag of [...Object.values(command.flags), ...Object.values(GLOBAL_FLAGS)]) {
      for (const word of [`--${flag.long}`, ...flag.env]) assert.ok(page.includes(word), word);
    }
  }
});

test("docs/errors.md gives the exit code and a way out of every code", () => {
  const page = readFileSync(new URL("errors.md", docs), "utf8");
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const section = page.split(`### ${code}\n\n`)[1]?.split("\n#")[0] ?? assert.fail(`${code} has no section`);
    assert.ok(section.startsWith(`Exit code ${exitCodeOf(code)}`), `${code}: exit code`);
    assert.match(section, /^Do[:,]/m, `${code}: what to do`);
  }
});

test("docs/events.schema.json accepts real events and refuses broken ones", async () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(pages["events.schema.json"] ?? "") as object);
  const events = [
    ...(await eventsOf({ argv: ["version"] })),
    ...(await eventsOf({ argv: ["config", "show"] })),
    ...(await eventsOf({ argv: ["nonsense"] })),
  ];
  assert.ok(events.length > 3);
  for (const event of events) assert.ok(validate(event), JSON.stringify(validate.errors));
  const [event] = events;
  for (const broken of [{ ...event, v: 2 }, { ...event, run_id: 1 }, { ...event, message_type: "other" }, {}, []])
    assert.equal(validate(broken), false);
  assert.ok(validate({ ...event, added_later: 1 }), "fields may be added");
});
