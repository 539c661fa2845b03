import { pythonTokens } from "./python-tokens.ts";
import type { PythonToken } from "./python-tokens.ts";

/** A value that a settings file may give a name. */
export type PythonValue =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "list"; readonly values: readonly string[] }
  | { readonly kind: "none" }
  /** Looked up in the environment when the program ran; `otherwise` is the literal it fell back to. */
  | { readonly kind: "environment"; readonly variable: string; readonly otherwise: string | undefined };

/** One line of a settings file: a name and its value, or something that cannot be understood without running it. */
export type PythonLine =
  | { readonly kind: "setting"; readonly name: string; readonly value: PythonValue; readonly line: number }
  | { readonly kind: "unknown"; readonly line: number; readonly why: string };

/** Reads plain assignments (texts, lists of texts, whole numbers, lookups in the environment). Runs nothing. */
export function* pythonSettings(source: string): Generator<PythonLine> {
  let tokens: PythonToken[] = [];
  for (const token of pythonTokens(source)) {
    if (token.kind !== "end") {
      tokens.push(token);
      continue;
    }
    const line = readLine(tokens);
    if (line !== undefined) yield line;
    tokens = [];
  }
}

function readLine(tokens: readonly PythonToken[]): PythonLine | undefined {
  const [first, second] = tokens;
  // Nothing, a text that stands alone (a comment to Python), or an import.
  if (first === undefined || tokens.every(({ kind }) => kind === "text")) return undefined;
  if (first.kind === "name" && (first.text === "import" || first.text === "from")) return undefined;
  const { line } = first;
  if (first.kind !== "name" || !isOperator(second, "=")) return { kind: "unknown", line, why: "it is no plain assignment" };
  const cursor = new Cursor(tokens.slice(2));
  const value = cursor.value();
  if (value === undefined || !cursor.atEnd)
    return {
      kind: "unknown",
      line,
      why: `the value of ${first.text} is neither a text, a list of texts, a number nor an environment variable`,
    };
  return { kind: "setting", name: first.text, value, line };
}

function isOperator(token: PythonToken | undefined, text: string): boolean {
  return token?.kind === "operator" && token.text === text;
}

/** Goes through the tokens of one value. */
class Cursor {
  readonly #tokens: readonly PythonToken[];
  #at = 0;

  constructor(tokens: readonly PythonToken[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  value(): PythonValue | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind === "text") return { kind: "text", value: this.#texts() };
    if (token?.kind === "number") {
      this.#at += 1;
      return { kind: "number", value: token.value };
    }
    if (token?.kind === "name") return token.text === "None" && this.#take("None") ? { kind: "none" } : this.#lookup();
    if (this.#take("[")) return this.#list("]");
    if (this.#take("(")) return this.#list(")");
    return undefined;
  }

  /** Texts that stand side by side, or are added, are one. */
  #texts(): string {
    let value = "";
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== "text") return value;
      value += token.value;
      this.#at += 1;
      if (isOperator(this.#tokens[this.#at], "+") && this.#tokens[this.#at + 1]?.kind === "text") this.#at += 1;
    }
  }

  /** A list or a tuple; in brackets without a comma it is the text itself. */
  #list(end: "]" | ")"): PythonValue | undefined {
    const values: string[] = [];
    let commas = 0;
    while (!this.#take(end)) {
      if (this.#tokens[this.#at]?.kind !== "text") return undefined;
      values.push(this.#texts());
      if (this.#take(",")) commas += 1;
      else if (!isOperator(this.#tokens[this.#at], end)) return undefined;
    }
    const [only] = values;
    return end === ")" && commas === 0 && only !== undefined ? { kind: "text", value: only } : { kind: "list", values };
  }

  /** `os.environ["X"]`, `os.environ.get("X", "y")`, `os.getenv("X", "y")`; each also without `os.`. */
  #lookup(): PythonValue | undefined {
    if (this.#take("os") && !this.#take(".")) return undefined;
    if (this.#take("getenv")) return this.#call();
    if (!this.#take("environ")) return undefined;
    if (this.#take(".")) return this.#take("get") ? this.#call() : undefined;
    if (!this.#take("[")) return undefined;
    const variable = this.#texts();
    return variable !== "" && this.#take("]") ? { kind: "environment", variable, otherwise: undefined } : undefined;
  }

  #call(): PythonValue | undefined {
    if (!this.#take("(")) return undefined;
    const variable = this.#texts();
    let otherwise: string | undefined;
    if (this.#take(",") && !this.#take("None")) {
      if (this.#tokens[this.#at]?.kind !== "text") return undefined;
      otherwise = this.#texts();
    }
    return variable !== "" && this.#take(")") ? { kind: "environment", variable, otherwise } : undefined;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if ((token?.kind !== "operator" && token?.kind !== "name") || token.text !== text) return false;
    this.#at += 1;
    return true;
  }
}
