import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeContext } from "./fake-context.ts";
import { Terminal } from "./terminal.ts";

function screen(env: Record<string, string> = {}, tty = true): { context: FakeContext; terminal: Terminal } {
  const context = new FakeContext({ argv: [], env, stderrTTY: tty });
  return { context, terminal: new Terminal(context) };
}

/** What a terminal shows after the text: knows carriage return, line feed, cursor up and erase below. */
function shown(text: string): string[] {
  const rows: string[] = [""];
  let [row, column] = [0, 0];
  // The escape character is spelt as a private letter, as patterns should hold no control characters.
  for (const [part] of text.replaceAll("\u001b", "\ue01b").matchAll(/\ue01b\[\d*[AJ]|[^\ue01b]/gs)) {
    if (part === "\r") column = 0;
    else if (part === "\n") [row, column] = [row + 1, 0];
    else if (part.endsWith("A") && part.length > 1) row -= Number(part.slice(2, -1));
    else if (part.endsWith("J") && part.length > 1) rows.splice(row, rows.length, (rows[row] ?? "").slice(0, column));
    else {
      rows[row] = (rows[row] ?? "").slice(0, column).padEnd(column) + part + (rows[row] ?? "").slice(column + 1);
      column += 1;
    }
    while (rows.length <= row) rows.push("");
  }
  return rows;
}

test("Terminal.draw() replaces the block in place", () => {
  const { context, terminal } = screen();
  terminal.draw(["one", "two"]);
  terminal.draw(["three"]);
  terminal.draw(["four", "five", "six"]);
  assert.deepEqual(shown(context.stderr.text), ["four", "five", "six"]);
});

test("Terminal.message() prints above the block, clear() takes the block away", () => {
  const { context, terminal } = screen();
  terminal.draw(["live 1", "live 2"]);
  terminal.message("first");
  terminal.message("second");
  assert.deepEqual(shown(context.stderr.text), ["first", "second", "live 1", "live 2"]);
  terminal.clear();
  terminal.message("third");
  assert.deepEqual(shown(context.stderr.text), ["first", "second", "third", ""]);
});

test("Terminal.draw() cuts lines that would wrap", () => {
  const { context, terminal } = screen();
  terminal.draw(["x".repeat(500)]);
  assert.equal(context.stderr.text.length, 79);
});

test("Terminal.canRedraw is false without a terminal, in CI and on a dumb terminal", () => {
  assert.equal(screen().terminal.canRedraw, true);
  assert.equal(screen({}, false).terminal.canRedraw, false);
  assert.equal(screen({ CI: "true" }).terminal.canRedraw, false);
  assert.equal(screen({ TERM: "dumb" }).terminal.canRedraw, false);
});

test("Terminal.style() follows NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE and the terminal", () => {
  const coloured = (env: Record<string, string>, tty: boolean): boolean => screen(env, tty).terminal.style("error", "x") !== "x";
  assert.equal(coloured({}, true), true);
  assert.equal(coloured({}, false), false);
  assert.equal(coloured({ TERM: "dumb" }, true), false);
  assert.equal(coloured({ NO_COLOR: "1" }, true), false);
  assert.equal(coloured({ NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
  assert.equal(coloured({ FORCE_COLOR: "1" }, false), true);
  assert.equal(coloured({ CLICOLOR_FORCE: "1" }, false), true);
  assert.equal(coloured({ CLICOLOR_FORCE: "0" }, false), false);
});

test("Terminal never throws when nobody reads stderr", () => {
  const { context, terminal } = screen();
  context.stderr.writesMax = 0;
  terminal.message("x");
  terminal.draw(["y"]);
  terminal.clear();
  assert.equal(context.stderr.text, "");
});
