import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../shared/errors.ts";
import { errorText } from "./error-text.ts";

const plain = { style: (_: string, text: string): string => text };

test("errorText() is three lines, and leaves out parts that say nothing", () => {
  const error = new AppError({ code: "E_USAGE", what: "it failed", why: "so it is", hint: "do that" });
  assert.equal(errorText(error, plain), "error: it failed [E_USAGE]\nwhy:   so it is\nhint:  do that");
  assert.equal(errorText(new AppError({ code: "E_USAGE", what: "it failed" }), plain), "error: it failed [E_USAGE]");
});

test("errorText() lets nothing that it quotes reach the terminal as a command", () => {
  const text = errorText(
    new AppError({ code: "E_USAGE", what: "no \u001b[31mred\u0007\rhome", why: "a\u009b2Jb", hint: "two\nlines é" }),
    plain,
  );
  assert.equal(text, "error: no \\x1b[31mred\\x07\\x0dhome [E_USAGE]\nwhy:   a\\x9b2Jb\nhint:  two\nlines é");
});
