/** A token of a Python file, as far as plain settings need it. */
export type PythonToken =
  | { readonly kind: "name" | "operator"; readonly text: string; readonly line: number }
  | { readonly kind: "text"; readonly value: string; readonly line: number }
  | { readonly kind: "number"; readonly value: number; readonly line: number }
  /** The end of a statement: of a line that is not inside brackets, or a semicolon. */
  | { readonly kind: "end"; readonly line: number }
  /** Something that settings have no use for. */
  | { readonly kind: "unknown"; readonly text: string; readonly line: number };

const SPACE = /(?:[ \t\f\r]|\\\r?\n)+/y;
const COMMENT = /#[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?\d[\d_]*(?![\w.])/y;
const OPERATOR = /[[\](){}=,.:+]/y;
const TEXT_START = /([A-Za-z]{0,2})("""|'''|"|')/y;

const HEX_ESCAPE = /^\\[xuU](?<code>(?<=x)[0-9a-fA-F]{2}|(?<=u)[0-9a-fA-F]{4}|(?<=U)[0-9a-fA-F]{8})/;
const HEX_ESCAPE_CHARS_MAX = 10;

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "\\": "\\",
    "'": "'",
    '"': '"',
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\u0007",
    b: "\b",
    f: "\f",
    v: "\v",
    "0": "\0",
    "\n": "",
  }),
);

/** Cuts a Python file into tokens. Runs nothing and never fails: what it does not know is `unknown`, once a line. */
export function* pythonTokens(source: string): Generator<PythonToken> {
  let at = 0;
  let line = 1;
  let depth = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const pass = (text: string): void => {
    at += text.length;
    line += text.split("\n").length - 1;
  };
  while (at < source.length) {
    const blank = match(SPACE) ?? match(COMMENT);
    if (blank !== null) {
      pass(blank[0]);
      continue;
    }
    const end = source[at] ?? "";
    if (end === "\n" || end === ";") {
      if (depth === 0) yield { kind: "end", line };
      pass(end);
      continue;
    }
    const { token, length } = readToken(source, match, { at, line });
    if (token.kind === "operator") depth = Math.max(0, depth + bracket(token.text));
    yield token;
    pass(source.slice(at, at + length));
  }
  yield { kind: "end", line };
}

type Match = (pattern: RegExp) => RegExpExecArray | null;

function readToken(source: string, match: Match, { at, line }: { at: number; line: number }): { token: PythonToken; length: number } {
  const start = match(TEXT_START);
  if (start !== null) return readText(source, start, line);
  const name = match(NAME);
  if (name !== null) return { token: { kind: "name", text: name[0], line }, length: name[0].length };
  const number = match(NUMBER);
  if (number !== null) return { token: { kind: "number", value: Number(number[0].replaceAll("_", "")), line }, length: number[0].length };
  const operator = match(OPERATOR);
  if (operator !== null) return { token: { kind: "operator", text: operator[0], line }, length: 1 };
  const rest = source.slice(at).split("\n", 1)[0] ?? "";
  return { token: { kind: "unknown", text: rest, line }, length: rest.length };
}

function bracket(text: string): number {
  if ("[({".includes(text)) return 1;
  return "])}".includes(text) ? -1 : 0;
}

/** A literal from its first quote on. Raw ones keep their backslashes; formatted and byte ones are no plain texts. */
function readText(source: string, start: RegExpExecArray, line: number): { token: PythonToken; length: number } {
  const [whole, prefix = "", quote = ""] = start;
  const raw = prefix.toLowerCase() === "r";
  let at = start.index + whole.length;
  let value = "";
  while (at < source.length && !source.startsWith(quote, at)) {
    const char = source[at] ?? "";
    if (char === "\n" && quote.length === 1) break;
    const escaped = char === "\\" ? readEscape(source, at, raw) : { value: char, length: 1 };
    value += escaped.value;
    at += escaped.length;
  }
  const closed = source.startsWith(quote, at);
  const length = at - start.index + (closed ? quote.length : 0);
  const plain = closed && ["", "r", "u"].includes(prefix.toLowerCase());
  const token: PythonToken = plain
    ? { kind: "text", value, line }
    : { kind: "unknown", text: source.slice(start.index, start.index + length), line };
  return { token, length };
}

function readEscape(source: string, at: number, raw: boolean): { value: string; length: number } {
  if (raw) return { value: source.slice(at, at + 2), length: 2 };
  const hex = HEX_ESCAPE.exec(source.slice(at, at + HEX_ESCAPE_CHARS_MAX));
  const code = Number.parseInt(hex?.groups?.["code"] ?? "", 16);
  if (hex !== null && code <= 0x10ffff) return { value: String.fromCodePoint(code), length: hex[0].length };
  const next = source[at + 1] ?? "";
  // Python keeps the backslash of an escape it does not know.
  return { value: ESCAPES.get(next) ?? `\\${next}`, length: 2 };
}
