import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAppError } from "../shared/errors.ts";
import { splitWords } from "./split-words.ts";

test("splitWords() splits at blanks when nothing is quoted", () => {
  assert.deepEqual(splitWords("  pass  show\tbackup\n"), ["pass", "show", "backup"]);
  assert.deepEqual(splitWords(""), []);
});

test("splitWords() keeps words together when they are quoted or escaped", () => {
  assert.deepEqual(splitWords(`a "b c" 'd "e' f\\ g`), ["a", "b c", 'd "e', "f g"]);
  assert.deepEqual(splitWords(`'' x`), ["", "x"]);
  assert.deepEqual(splitWords(`pre"mid dle"post`), ["premid dlepost"]);
});

test("splitWords() leaves variables, globs and substitutions alone", () => {
  assert.deepEqual(splitWords("echo $HOME `id` $(id) *"), ["echo", "$HOME", "`id`", "$(id)", "*"]);
});

test("splitWords() throws E_USAGE when a quote stays open", () => {
  assert.throws(
    () => splitWords("echo 'x"),
    (error) => isAppError(error, "E_USAGE"),
  );
});

test("splitWords() gives back any words when each was quoted", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
      assert.deepEqual(splitWords(line), words);
    }),
  );
});
