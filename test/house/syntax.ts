import { API } from "typescript/unstable/sync";
import { SyntaxKind, type Node, type SourceFile } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { createVirtualFileSystem } from "typescript/unstable/fs";

/** One `import`, `export … from`, `import()` or thread entry, with the names it takes. */
export interface ImportFact {
  readonly specifier: string;
  readonly line: number;
  /** `lazy`: an `import()`; `thread`: a `new URL("./x-thread.ts", import.meta.url)`, which loads the file in a worker. */
  readonly kind: "value" | "type" | "lazy" | "thread";
  readonly names: readonly string[];
}

/** One function, method, accessor or arrow function. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
  /** Name of the call it is an argument of, such as `describe`; empty for none. */
  readonly argumentOf: string;
}

/** A use of something from outside the file's own scope: `Date.now`, `new Date()`, `setTimeout`. */
export interface UseFact {
  readonly what: string;
  readonly line: number;
}

/** An exported declaration; `from` is set when it is passed on from another file. */
export interface ExportFact {
  readonly name: string;
  readonly line: number;
  readonly documented: boolean;
  readonly from: string;
}

export interface InterfaceFact {
  readonly name: string;
  readonly line: number;
  readonly methods: number;
}

/** What the house rules need to know of one TypeScript file. Lines count from 1. */
export interface SourceFacts {
  /** From the repository root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  readonly uses: readonly UseFact[];
  readonly exports: readonly ExportFact[];
  readonly interfaces: readonly InterfaceFact[];
}

/** Facts while they are collected. */
interface Collected {
  readonly source: SourceFile;
  readonly imports: ImportFact[];
  readonly functions: FunctionFact[];
  readonly uses: UseFact[];
  readonly exports: ExportFact[];
  readonly interfaces: InterfaceFact[];
}

const SAMPLE_ROOT = "/sample";
const SAMPLE_CONFIG = JSON.stringify({
  compilerOptions: { noLib: true, types: [], allowImportingTsExtensions: true, noEmit: true },
  include: ["**/*"],
});

/** Facts of every file of the project at `root` (a folder with a tsconfig.json), by the compiler's own parser. */
export function readProject(root: string): readonly SourceFacts[] {
  return parse(new API({ cwd: root }), root);
}

/** Facts of made-up files, keyed by path: what each rule is tried on to show that it can fail. */
export function readSample(files: Readonly<Record<string, string>>): readonly SourceFacts[] {
  const entries = Object.entries(files).map(([path, text]) => [`${SAMPLE_ROOT}/${path}`, text] as const);
  const fs = createVirtualFileSystem(Object.fromEntries([[`${SAMPLE_ROOT}/tsconfig.json`, SAMPLE_CONFIG], ...entries]));
  return parse(new API({ cwd: SAMPLE_ROOT, fs }), SAMPLE_ROOT);
}

function parse(api: API, root: string): readonly SourceFacts[] {
  try {
    const projects = api.updateSnapshot({ openProject: `${root}/tsconfig.json` }).getProjects();
    const facts: SourceFacts[] = [];
    for (const { program } of projects) {
      for (const name of program.getSourceFileNames()) {
        if (!name.startsWith(`${root}/`) || name.includes("/node_modules/") || name.endsWith(".d.ts")) continue;
        const source = program.getSourceFile(name);
        if (source !== undefined) facts.push(factsOf(source, name.slice(root.length + 1)));
      }
    }
    return facts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    api.close();
  }
}

function factsOf(source: SourceFile, path: string): SourceFacts {
  const collected: Collected = { source, imports: [], functions: [], uses: [], exports: [], interfaces: [] };
  const visit = (node: Node): void => {
    collectImport(node, collected);
    collectFunction(node, collected);
    collectUse(node, collected);
    if (is.isInterfaceDeclaration(node)) collectInterface(node, collected);
    node.forEachChild(visit);
  };
  visit(source);
  for (const statement of source.statements) collectExport(statement, collected);
  const { imports, functions, uses, exports, interfaces } = collected;
  const lines = source.text.split("\n").length - (source.text.endsWith("\n") ? 1 : 0);
  return { path, lines, imports, functions, uses, exports, interfaces };
}

function lineOf(source: SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function startLine(node: Node, source: SourceFile): number {
  return lineOf(source, node.getStart(source));
}

function collectImport(node: Node, into: Collected): void {
  const found = importOf(node, into.source);
  if (found?.specifier === undefined || !is.isStringLiteral(found.specifier)) return;
  const { specifier, kind, names } = found;
  into.imports.push({ specifier: specifier.text, line: startLine(node, into.source), kind, names });
}

interface FoundImport {
  readonly specifier: Node | undefined;
  readonly kind: ImportFact["kind"];
  readonly names: readonly string[];
}

function importOf(node: Node, source: SourceFile): FoundImport | undefined {
  if (is.isImportDeclaration(node)) {
    const clause = node.importClause;
    const kind = clause?.phaseModifier === SyntaxKind.TypeKeyword ? "type" : "value";
    return { specifier: node.moduleSpecifier, kind, names: importedNames(clause?.namedBindings) };
  }
  if (is.isExportDeclaration(node)) {
    return { specifier: node.moduleSpecifier, kind: node.isTypeOnly ? "type" : "value", names: importedNames(node.exportClause) };
  }
  return importInside(node, source);
}

/** Imports that are part of an expression or a type. */
function importInside(node: Node, source: SourceFile): FoundImport | undefined {
  if (is.isImportTypeNode(node)) {
    return { specifier: is.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, kind: "type", names: [] };
  }
  if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return { specifier: node.arguments[0], kind: "lazy", names: awaitedNames(node) };
  }
  if (is.isNewExpression(node) && isBesideThisFile(node.arguments, source)) {
    return { specifier: node.arguments?.[0], kind: "thread", names: [] };
  }
  return undefined;
}

/** True for the arguments of `new URL("./x.ts", import.meta.url)`. */
function isBesideThisFile(parts: readonly Node[] | undefined, source: SourceFile): boolean {
  const [file, base] = parts ?? [];
  return file !== undefined && is.isStringLiteral(file) && file.text.endsWith(".ts") && base?.getText(source) === "import.meta.url";
}

/** Names in `{ a, b as c }` of an import or export, as the other file calls them. */
function importedNames(bindings: Node | undefined): readonly string[] {
  if (bindings === undefined || !(is.isNamedImports(bindings) || is.isNamedExports(bindings))) return [];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

/** Names in `const { a, b } = await import("x")`. */
function awaitedNames(call: Node): readonly string[] {
  const declaration = call.parent.parent;
  if (!is.isVariableDeclaration(declaration) || !is.isObjectBindingPattern(declaration.name)) return [];
  const names: string[] = [];
  for (const element of declaration.name.elements) {
    const name = element.propertyName ?? element.name;
    if (name !== undefined && is.isIdentifier(name)) names.push(name.text);
  }
  return names;
}

const FUNCTION_KINDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

function collectFunction(node: Node, into: Collected): void {
  if (!FUNCTION_KINDS.has(node.kind)) return;
  const { source, functions } = into;
  const { body, parameters } = node as Node & { readonly body?: Node; readonly parameters: readonly Node[] };
  if (body === undefined) return;
  const { parent } = node;
  const line = startLine(node, source);
  const argumentOf = is.isCallExpression(parent) && parent.expression !== node ? parent.expression.getText(source) : "";
  const named = is.isVariableDeclaration(parent) || is.isPropertyAssignment(parent) ? parent : node;
  const name = nameOf(named, source) || argumentOf || "function";
  functions.push({ name, line, lines: lineOf(source, node.end) - line + 1, parameters: parameters.length, argumentOf });
}

/** The text of a declaration's name; empty when it has none. */
function nameOf(node: Node, source: SourceFile): string {
  return "name" in node && node.name !== undefined ? (node.name as Node).getText(source) : "";
}

function collectUse(node: Node, into: Collected): void {
  const add = (what: string): void => void into.uses.push({ what, line: startLine(node, into.source) });
  if (is.isPropertyAccessExpression(node)) {
    if (is.isIdentifier(node.expression)) add(`${node.expression.text}.${node.name.text}`);
    else add(`.${node.name.text}`);
  } else if (is.isNewExpression(node) && is.isIdentifier(node.expression)) {
    if ((node.arguments?.length ?? 0) === 0) add(`new ${node.expression.text}()`);
  } else if (is.isIdentifier(node) && isReference(node)) add(node.text);
}

/** False where an identifier only names a member or a declaration, so that it cannot mean a global. */
function isReference(node: Node): boolean {
  const { parent } = node;
  if (is.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (is.isImportSpecifier(parent) || is.isShorthandPropertyAssignment(parent)) return true;
  return !("name" in parent && parent.name === node) && !("propertyName" in parent && parent.propertyName === node);
}

function collectInterface(node: Node & { readonly name: Node; readonly members: readonly Node[] }, into: Collected): void {
  const methods = node.members.filter((member) => is.isMethodSignatureDeclaration(member)).length;
  into.interfaces.push({ name: node.name.getText(into.source), line: startLine(node, into.source), methods });
}

function collectExport(statement: Node, into: Collected): void {
  const line = startLine(statement, into.source);
  const documented = into.source.text.slice(statement.pos, statement.getStart(into.source)).includes("/**");
  if (is.isExportDeclaration(statement)) {
    const from =
      statement.moduleSpecifier !== undefined && is.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : "";
    for (const name of importedNames(statement.exportClause)) into.exports.push({ name, line, documented, from });
    return;
  }
  if (is.isExportAssignment(statement)) into.exports.push({ name: "default", line, documented, from: "" });
  const modifiers = "modifiers" in statement ? (statement.modifiers as readonly Node[] | undefined) : undefined;
  if (!modifiers?.some((modifier) => modifier.kind === SyntaxKind.ExportKeyword)) return;
  const isDefault = modifiers.some((modifier) => modifier.kind === SyntaxKind.DefaultKeyword);
  const names = isDefault ? ["default"] : declaredNames(statement, into.source);
  for (const name of names) into.exports.push({ name, line, documented, from: "" });
}

function declaredNames(statement: Node, source: SourceFile): readonly string[] {
  if (is.isVariableStatement(statement)) return statement.declarationList.declarations.map((declaration) => nameOf(declaration, source));
  return [nameOf(statement, source)];
}
