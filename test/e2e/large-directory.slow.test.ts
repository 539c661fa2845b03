import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { byteStringOf } from "../../src/shared/bytes.ts";
import { LocalSource } from "../../src/source/local/local-source.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { TreeMaker } from "../support/tree-maker.ts";
import { summaryOf, VarveProgram } from "../support/varve-program.ts";

const ENTRIES = 200_000;

/** Names, sizes, modes and times of all entries of a folder, as one digest; opening each of them would take minutes. */
function listingDigest(path: string): string {
  const source = new LocalSource(byteStringOf(path));
  const lines: string[] = [];
  for (const batch of source.list(byteStringOf(""))) {
    for (const { name, size, mode, modifiedNs } of batch) lines.push(`${name} ${size} ${mode} ${modifiedNs}`);
  }
  source.close();
  return `${lines.length} ${createHash("sha256")
    .update(lines.sort((a, b) => (a < b ? -1 : 1)).join("\n"))
    .digest("hex")}`;
}

test("varve gives a directory of 200,000 entries back, and stores little for one more", async () => {
  await using folder = await tempFolder("e2e", MEMORY_PLACE);
  const [from, to] = [`${folder.path}/from`, `${folder.path}/to`];
  const varve = new VarveProgram(`${folder.path}/home`, { VARVE_REPOSITORY: `${folder.path}/repo` });
  mkdirSync(from);
  const maker = TreeMaker.at(from);
  for (let at = 0; at < ENTRIES; at += 1)
    maker.file(byteStringOf(`entry-${at}`), at % 1000 === 0 ? { pieces: [[0, Buffer.from(`${at}`)]] } : {});
  await varve.succeed("init", "--no-password");
  const first = summaryOf(await varve.succeed("backup", from, "--json"));
  maker.file(byteStringOf("one more"), { pieces: [[0, Buffer.from("content")]] });
  maker.close();
  const second = summaryOf(await varve.succeed("backup", from, "--json"));
  assert.deepEqual([second["files_new"], second["files_unmodified"]], [1, ENTRIES]);
  assert.ok(
    Number(second["stored_bytes"]) < Number(first["stored_bytes"]) / 50,
    `${String(second["stored_bytes"])} of ${String(first["stored_bytes"])} bytes were stored again`,
  );
  await varve.succeed("restore", "latest", "--to", to);
  assert.equal(listingDigest(to), listingDigest(from));
});
