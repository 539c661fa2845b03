/** Turns the tables of a FlatBuffers schema into the shapes that `src/format/flatbuffer-verifier.ts` checks bytes against. */

const SCALAR_BYTES: Readonly<Record<string, number>> = { bool: 1, ubyte: 1, ushort: 2, uint: 4, ulong: 8, long: 8 };

interface Definition {
  readonly kind: "table" | "struct";
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/** The text of `generated/shapes.ts`. Understands what our schema uses, and stops at anything else. */
export function shapesModule(schema: string): string {
  const definitions = parseDefinitions(schema);
  const tables = definitions.filter((definition) => definition.kind === "table");
  const lines = [
    "// Written by tools/generate-schema.ts from schema/varve.fbs; do not change by hand.",
    "",
    'import type { TableShape } from "../flatbuffer-verifier.ts";',
    "",
  ];
  for (const table of tables) {
    lines.push(`export const ${shapeName(table.name)}: TableShape = {`, `  name: "${table.name}",`, "  fields: [");
    for (const field of table.fields) lines.push(`    ${fieldShape(field.type, definitions)}, // ${field.name}`);
    lines.push("  ],", "};", "");
  }
  return lines.join("\n");
}

function parseDefinitions(schema: string): readonly Definition[] {
  const text = schema.replaceAll(/\/\/.*$/gm, "");
  const definitions: Definition[] = [];
  for (const match of text.matchAll(/\b(table|struct)\s+(\w+)\s*\{([^}]*)\}/g)) {
    const [, kind = "", name = "", body = ""] = match;
    const fields = body
      .split(";")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map(parseField);
    definitions.push({ kind: kind === "struct" ? "struct" : "table", name, fields });
  }
  return definitions;
}

function parseField(line: string): { name: string; type: string } {
  const match = /^(\w+)\s*:\s*(\[?\w+\]?)(?:\s*=\s*\w+)?$/.exec(line);
  if (match === null) throw new Error(`the schema has a field this tool does not understand: ${line}`);
  return { name: match[1] ?? "", type: match[2] ?? "" };
}

function fieldShape(type: string, definitions: readonly Definition[]): string {
  const scalar = SCALAR_BYTES[type];
  if (scalar !== undefined) return `{ kind: "scalar", bytes: ${scalar} }`;
  if (type === "string") return '{ kind: "string" }';
  if (!type.startsWith("[")) return `{ kind: "table", table: ${shapeName(tableNamed(type, definitions))} }`;
  const element = type.slice(1, -1);
  const elementScalar = SCALAR_BYTES[element];
  if (elementScalar !== undefined) return `{ kind: "vector", elementBytes: ${elementScalar}, alignment: ${elementScalar} }`;
  if (element === "string") return '{ kind: "strings" }';
  const definition = definitions.find((candidate) => candidate.name === element);
  if (definition?.kind === "struct") return structVector(definition);
  return `{ kind: "tables", table: ${shapeName(tableNamed(element, definitions))} }`;
}

/** Structs of this schema have scalars of one width only, so that there is no padding to compute. */
function structVector(definition: Definition): string {
  const widths = definition.fields.map((field) => SCALAR_BYTES[field.type] ?? 0);
  const [alignment = 0] = widths;
  if (alignment === 0 || widths.some((width) => width !== alignment)) throw new Error(`struct ${definition.name} mixes field widths`);
  return `{ kind: "vector", elementBytes: ${alignment * widths.length}, alignment: ${alignment} }`;
}

/** Tables may only refer to tables above them: that keeps the schema free of cycles and the nesting bounded. */
function tableNamed(name: string, definitions: readonly Definition[]): string {
  const definition = definitions.find((candidate) => candidate.name === name);
  if (definition?.kind !== "table") throw new Error(`the schema has a type this tool does not understand: ${name}`);
  return definition.name;
}

function shapeName(table: string): string {
  return `${table.charAt(0).toLowerCase()}${table.slice(1)}Shape`;
}
