import { AppError } from "../shared/errors.ts";

/** Blanks, a quoted part, an escaped character, or plain characters; sticky, so that nothing is passed over. */
const PIECE = /(\s+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+|\\$)/gsy;

/**
 * Splits a command line into words without any shell: blanks separate, quotes and backslashes keep together.
 * Nothing is expanded, so no variable, glob or substitution can run or change anything.
 * Throws E_USAGE when a quote stays open.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const [piece, blanks, single, double, escaped, plain] of text.matchAll(PIECE)) {
    end += piece.length;
    if (blanks === undefined) {
      word = (word ?? "") + (single ?? double?.replace(/\\(.)/gs, "$1") ?? escaped ?? plain ?? "");
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < text.length) {
    throw new AppError({
      code: "E_USAGE",
      what: "a command has a quote that is not closed",
      hint: `close the ${text.charAt(end)} or put a backslash before it`,
    });
  }
  return word === undefined ? words : [...words, word];
}
