import { z } from "zod";
import { EVENT_SCHEMAS } from "../src/cli/events.ts";

const HEAD_FIELDS = ["v", "ts", "run_id", "message_type"];

const INTRODUCTION = `# Events

<!-- Made by tools/generate-cli-docs.ts from src/cli/events.ts; edit that. -->

With \`--json\` every command writes one JSON object a line to standard output, while it runs. [events.schema.json](events.schema.json) is the
schema of one line.

- Every event has \`v\` (version of this format, 1), \`ts\` (RFC 3339, UTC), \`run_id\` (the same in all events of one run) and \`message_type\`.
- Within one version fields are only ever added: ignore what you do not know.
- \`result\` events are what was asked for, one a line; \`summary\` is the last word of an operation that did its work.
- A run that ends with a code other than 0 writes \`exit_error\` last, also when it did its work (3: some items are missing, 4: something was found).
- Sizes are bytes. Numbers that may not fit a double are decimal text. Names that are not UTF-8 show their odd bytes as \`\\xNN\`.
- \`cat\` and \`dump\` write content to standard output; with \`--json\` they need \`--output FILE\`.

\`\`\`sh
varve backup ~/docs --json | jq -r 'select(.message_type == "summary") | .snapshot'
\`\`\`
`;

/** The text of docs/events.md. */
export function eventReference(): string {
  return [INTRODUCTION, ...Object.entries(EVENT_SCHEMAS).map(([title, schema]) => section(title, schema))].join("\n");
}

interface FieldSchema {
  readonly description?: string;
  readonly type?: string;
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
}

function section(title: string, schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  const rows = Object.entries(properties)
    .filter(([name]) => !HEAD_FIELDS.includes(name))
    .map(
      ([name, field]) =>
        `| \`${name}\` | ${typeText(field as FieldSchema)}${required.includes(name) ? "" : ", optional"} | ${(field as FieldSchema).description ?? ""} |`,
    );
  return [`## ${title}`, "", "| field | type | meaning |", "|---|---|---|", ...rows, ""].join("\n");
}

function typeText(field: FieldSchema): string {
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(" ");
  if (field.anyOf !== undefined) return field.anyOf.map(typeText).join(" or ");
  return field.type === "array" ? `list of ${field.items === undefined ? "values" : typeText(field.items)}` : (field.type ?? "");
}
