import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PROGRAM, PROGRAM_VERSION } from "./program.ts";

test("PROGRAM_VERSION is the version of the package", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { name: string; version: string };
  assert.equal(PROGRAM_VERSION, manifest.version);
  assert.equal(PROGRAM, `${manifest.name} ${manifest.version}`);
});
