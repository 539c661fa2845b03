import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveImport } from "./import-rules.ts";
import { projectFacts } from "./project.ts";
import { readSample, type SourceFacts } from "./syntax.ts";

/** Folders under `emulator/src/` and what each may import beside itself; `server.ts` and `index.ts` bring everything together. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  json: [],
  random: [],
  protocol: [],
  auth: ["protocol"],
  backend: ["protocol", "random"],
  log: ["protocol"],
  faults: ["protocol", "random", "json"],
  handlers: ["protocol", "backend", "log"],
  control: ["protocol", "json", "faults", "log", "backend"],
  server: ["protocol", "auth", "backend", "faults", "handlers", "log", "control", "json"],
  cli: ["protocol", "auth", "backend", "faults", "log", "control", "json", "server.ts"],
};

/** Third-party packages and the room each is for. */
const PACKAGE_ROOMS: Readonly<Record<string, string>> = { "fast-xml-parser": "protocol" };

/** Imports that the table does not allow, as `file:line specifier`. The emulator is a package of its own: nothing of Varve is in reach. */
function violations(files: readonly SourceFacts[]): readonly string[] {
  const found: string[] = [];
  for (const { path, imports } of files) {
    if (!path.startsWith("emulator/src/") || path.endsWith(".test.ts")) continue;
    const allowed = imports.map(({ specifier, line }) => ({ specifier, line, ok: isAllowed(path, specifier) }));
    found.push(...allowed.filter(({ ok }) => !ok).map(({ specifier, line }) => `${path}:${line} ${specifier}`));
  }
  return found;
}

function isAllowed(path: string, specifier: string): boolean {
  const room = roomOf(path);
  if (specifier.startsWith("node:")) return true;
  if (!specifier.startsWith(".")) return PACKAGE_ROOMS[specifier] === room;
  const target = resolveImport(path, specifier);
  if (!target.startsWith("emulator/src/") || target.endsWith(".test.ts")) return false;
  return room.endsWith(".ts") || roomOf(target) === room || ROOMS[room]?.includes(roomOf(target)) === true;
}

/** The folder of a file under `emulator/src/`, or its name when it lies there itself. */
function roomOf(path: string): string {
  return path.split("/")[2] ?? "";
}

test("the emulator's imports follow its own table of rooms", () => {
  const files = projectFacts();
  assert.ok(
    files.some(({ path }) => path.startsWith("emulator/src/")),
    "the emulator was read",
  );
  assert.deepEqual(violations(files), []);
});

test("violations() names ways up, ways out and packages in the wrong room", () => {
  const files = readSample({
    "emulator/src/protocol/xml.ts": 'import { XMLParser } from "fast-xml-parser";\nimport "node:fs";\nimport "../handlers/files.ts";',
    "emulator/src/auth/sas.ts":
      'import { a } from "fast-xml-parser";\nimport { b } from "../../../src/shared/bytes.ts";\nimport "../protocol/xml.ts";',
    "emulator/src/server.ts": 'import "./handlers/files.ts";\nimport "./handlers/files.test.ts";',
  });
  assert.deepEqual(violations(files), [
    "emulator/src/auth/sas.ts:1 fast-xml-parser",
    "emulator/src/auth/sas.ts:2 ../../../src/shared/bytes.ts",
    "emulator/src/protocol/xml.ts:3 ../handlers/files.ts",
    "emulator/src/server.ts:2 ./handlers/files.test.ts",
  ]);
});
