import { posix } from "node:path";
import { BUILTIN_HOMES, PACKAGE_HOMES, ROOMS } from "./import-table.ts";
import type { ImportFact, SourceFacts } from "./syntax.ts";

/** True for files that only tests use: they may take more than the room they lie in. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.startsWith("test/") || path.startsWith("tools/");
}

/** The room a path lies in; empty outside `src/`. */
export function roomOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? "";
}

/** The file a relative import means, from the repository root. */
export function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** Every import that the table does not allow, as `file:line message`. */
export function importViolations(files: readonly SourceFacts[]): readonly string[] {
  const violations: string[] = [];
  for (const file of files) {
    if (!file.path.startsWith("src/")) continue;
    for (const imported of file.imports) {
      const message = imported.specifier.startsWith(".") ? relativeProblem(file.path, imported) : packageProblem(file.path, imported);
      if (message !== "") violations.push(`${file.path}:${imported.line} ${message}`);
    }
  }
  return violations;
}

function relativeProblem(path: string, { specifier }: ImportFact): string {
  const target = resolveImport(path, specifier);
  const room = roomOf(path);
  if (!specifier.endsWith(".ts") && !specifier.endsWith("/")) return `${specifier} does not end in .ts`;
  if (!target.startsWith("src/")) return isTest(path) && target.startsWith("test/") ? "" : `${room} may not import ${target}`;
  const other = roomOf(target);
  if (isTest(target) && !isTest(path)) return `${room} may not import the test ${target}`;
  return other === room || ROOMS[room]?.includes(other) === true ? "" : `${room} may not import ${other}`;
}

function packageProblem(path: string, { specifier }: ImportFact): string {
  if (isTest(path)) return "";
  const homes = specifier.startsWith("node:") ? builtinHomes(specifier) : packageHomes(specifier);
  const inside = path.slice("src/".length);
  const home = homes === undefined || homes.some((folder) => inside.startsWith(`${folder}/`) || inside === `${folder}.ts`);
  return home ? "" : `${specifier} is only for ${homes.join(", ") || "nobody"}`;
}

function builtinHomes(specifier: string): readonly string[] | undefined {
  return BUILTIN_HOMES[specifier.split("/")[0] ?? ""];
}

function packageHomes(specifier: string): readonly string[] {
  const known = Object.keys(PACKAGE_HOMES).find(
    (name) => specifier === name || specifier.startsWith(name.endsWith("/") ? name : `${name}/`),
  );
  return known === undefined ? [] : (PACKAGE_HOMES[known] ?? []);
}

/** Each import cycle among files once, as `a -> b -> a`. What is loaded later, by `import()` or in a thread, closes no cycle. */
export function importCycles(files: readonly SourceFacts[]): readonly string[] {
  const edges = new Map<string, readonly string[]>();
  for (const { path, imports } of files) {
    const relative = imports.filter(({ kind, specifier }) => (kind === "value" || kind === "type") && specifier.startsWith("."));
    edges.set(path, [...new Set(relative.map(({ specifier }) => resolveImport(path, specifier)))]);
  }
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}
