import ignore, { type Ignore } from "ignore";
import { type ByteString, fromByteString } from "../shared/bytes.ts";

/**
 * gitignore rules over paths relative to a root. Patterns are text, paths are bytes: bytes that are not UTF-8 read as U+FFFD.
 * Later lines win, `!` takes back, a line matches what lies below a directory that it matches.
 */
export class PathFilter {
  readonly #excludes: Ignore | undefined;
  readonly #includes: Ignore | undefined;

  constructor(rules: { readonly excludes: readonly string[]; readonly includes: readonly string[] }) {
    this.#excludes = rulesOf(rules.excludes);
    this.#includes = rulesOf(rules.includes);
  }

  /** False when everything passes. */
  get active(): boolean {
    return this.#excludes !== undefined || this.#includes !== undefined;
  }

  /** True when only some files are wanted, so that a directory matters only for what is found in it. */
  get selective(): boolean {
    return this.#includes !== undefined;
  }

  /** True when the path is to be left out; a directory only when nothing below it can be wanted. */
  leavesOut(path: ByteString, isDirectory: boolean): boolean {
    if (!this.active) return false;
    const text = fromByteString(path).toString("utf8");
    const asked = isDirectory ? `${text}/` : text;
    if (this.#excludes?.ignores(asked) === true) return true;
    // A directory is always entered: what is included may lie below it.
    return !isDirectory && this.#includes !== undefined && !this.#includes.ignores(asked);
  }
}

function rulesOf(patterns: readonly string[]): Ignore | undefined {
  return patterns.length === 0 ? undefined : ignore({ ignorecase: false, allowRelativePaths: true }).add([...patterns]);
}
