import { AppError } from "../shared/errors.ts";

/**
 * Splits a command line into words without any shell: blanks separate, quotes and backslashes keep together.
 * Nothing is expanded, so no variable, glob or substitution can run or change anything.
 * Throws E_USAGE when a quote stays open.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\" && quote !== "'" && at + 1 < text.length) {
      at += 1;
      word = (word ?? "") + text.charAt(at);
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (!/\s/.test(char)) {
      word = (word ?? "") + char;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (quote !== "") {
    throw new AppError({ code: "E_USAGE", what: "a command has a quote that is not closed", hint: `close the ${quote} or put a backslash before it` });
  }
  if (word !== undefined) words.push(word);
  return words;
}
