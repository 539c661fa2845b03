import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "../../src/shared/error-codes.ts";
import { roomOf } from "./import-rules.ts";
import { ROOT } from "./project.ts";
import { textFiles, type TextFile } from "./text-files.ts";

const ROOM_README_LINES_MAX = 30;

/** What is wrong with the documents of these rooms; `read` gives a file's text, empty when it is missing. */
function roomProblems(rooms: readonly string[], read: (path: string) => string): readonly string[] {
  const architecture = read("docs/architecture.md");
  const problems: string[] = [];
  for (const room of rooms) {
    const lines = read(`src/${room}/README.md`).trim().split("\n");
    if (lines.join("") === "") problems.push(`src/${room}/README.md is missing`);
    if (lines.length > ROOM_README_LINES_MAX) problems.push(`src/${room}/README.md has ${lines.length} lines`);
    if (!architecture.includes(`src/${room}`)) problems.push(`docs/architecture.md does not name src/${room}`);
  }
  return problems;
}

/** Codes of `table` without a heading or row in `text`, and codes in `text` that are not in the table. */
function errorCodeProblems(codes: readonly string[], text: string): readonly string[] {
  const explained = new Set(text.match(/\bE_[A-Z_]+\b/g));
  const missing = codes.filter((code) => !explained.has(code)).map((code) => `${code} is not explained`);
  const unknown = [...explained].filter((code) => !codes.includes(code)).map((code) => `${code} does not exist`);
  return [...missing, ...unknown];
}

/** Links of Markdown files to files that are not there, as `file -> link`. */
function brokenLinks(files: readonly TextFile[], exists: (path: string) => boolean): readonly string[] {
  const broken: string[] = [];
  for (const { path, text } of files.filter((file) => file.path.endsWith(".md"))) {
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      if (!exists(posix.join(posix.dirname(path), decodeURI(link)))) broken.push(`${path} -> ${link}`);
    }
  }
  return broken;
}

const readText = (path: string): string => (existsSync(`${ROOT}/${path}`) ? readFileSync(`${ROOT}/${path}`, "utf8") : "");

test("every room has a short README and is named in docs/architecture.md", () => {
  const rooms = new Set(textFiles(ROOT).map(({ path }) => roomOf(path)));
  rooms.delete("");
  assert.ok(rooms.size >= 10, "the rooms were found");
  assert.deepEqual(roomProblems([...rooms], readText), []);
});

test("docs/errors.md explains every error code and no other", () => {
  assert.deepEqual(errorCodeProblems(Object.keys(ERROR_CODES), readText("docs/errors.md")), []);
});

test("links between documents lead to files that exist", () => {
  assert.deepEqual(
    brokenLinks(textFiles(ROOT), (path) => existsSync(`${ROOT}/${path}`)),
    [],
  );
});

test("roomProblems() names a missing README, a long one and an unnamed room", () => {
  const files: Readonly<Record<string, string>> = {
    "docs/architecture.md": "`src/format` and `src/crypto`",
    "src/format/README.md": "# format\n".repeat(ROOM_README_LINES_MAX + 1),
    "src/queue/README.md": "# queue",
  };
  assert.deepEqual(
    roomProblems(["format", "crypto", "queue"], (path) => files[path] ?? ""),
    ["src/format/README.md has 31 lines", "src/crypto/README.md is missing", "docs/architecture.md does not name src/queue"],
  );
});

test("errorCodeProblems() names codes on one side only", () => {
  assert.deepEqual(errorCodeProblems(["E_A", "E_B"], "## E_A\n\nsee E_OLD"), ["E_B is not explained", "E_OLD does not exist"]);
});

test("brokenLinks() resolves links from the file they stand in and leaves the web alone", () => {
  const text = "[a](other.md) [b](../README.md#top) [c](gone.md) [d](https://example.org/x)";
  const exists = (path: string): boolean => ["docs/other.md", "README.md"].includes(path);
  assert.deepEqual(brokenLinks([{ path: "docs/a.md", text }], exists), ["docs/a.md -> gone.md"]);
});
