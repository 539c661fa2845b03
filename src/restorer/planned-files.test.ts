import assert from "node:assert/strict";
import { test } from "node:test";
import { type NumberedFile, plannedFiles } from "../../test/support/planned-content.ts";
import { byteStringOf, toByteString } from "../shared/bytes.ts";
import { FILE_ACTION, FileTable } from "./file-columns.ts";

const file = (name: string, more: Partial<NumberedFile> = {}): NumberedFile => ({ name, chunks: [], ...more });

test("PlannedFiles.columns() gives a table back every fact of the files it was asked for", () => {
  const extents = [{ offset: 10, length: 5 }];
  const bytes = toByteString(Uint8Array.of(0xff, 0x0a, 0x80));
  const planned = plannedFiles([
    file("first", { directory: "a", entry: { size: 1 } }),
    file("second", {
      directory: "a/b",
      action: FILE_ACTION.mend,
      extents,
      entry: { size: 2 ** 45, mode: 0o6755, uid: 0xffff_fffe, gid: 7, user: "ann", group: "grp" },
    }),
    file(bytes, { directory: "a", action: FILE_ACTION.replace, entry: { modifiedNs: -1n, accessedNs: -(2n ** 62n) } }),
  ]);
  const table = new FileTable(planned.columns([2, 1], Uint32Array.of(0, 3)));
  assert.deepEqual([table.count, table.directory(0), table.name(0), table.action(0)], [2, "a", bytes, FILE_ACTION.replace]);
  assert.deepEqual(
    [table.directory(1), table.name(1), table.action(1), table.size(1), table.extents(1)],
    ["a/b", "second", FILE_ACTION.mend, 2 ** 45, extents],
  );
  const { mode, uid, gid, user, group } = table.entry(1);
  assert.deepEqual([mode, uid, gid, user, group], [0o6755, 0xffff_fffe, 7, "ann", "grp"]);
  const { modifiedNs, accessedNs, user: plainUser } = table.entry(0);
  assert.deepEqual([modifiedNs, accessedNs, plainUser], [-1n, -(2n ** 62n), "alice"]);
});

test("PlannedFiles keeps attributes with the file they belong to", () => {
  const planned = plannedFiles([file("plain")]);
  const attributes = [{ name: byteStringOf("user.a"), value: Uint8Array.of(1) }];
  const [first] = [planned.columns([0], Uint32Array.of(0))];
  assert.equal(first?.rare.size, 0);
  const table = new FileTable({ ...(first ?? assert.fail()), rare: new Map([[0, { attributes }]]) });
  assert.deepEqual(table.entry(0).attributes, attributes);
});

test("PlannedFiles grows past its first size without losing a file or a chunk", () => {
  const chunk = (number: number) => ({ number, length: number });
  const planned = plannedFiles(
    Array.from({ length: 5000 }, (_, at) =>
      file(`f${at}`, { directory: `d${at >> 4}`, chunks: [chunk(at), chunk(at + 1)], entry: { uid: at } }),
    ),
  );
  assert.deepEqual([planned.count, planned.chunkCount, planned.firstChunk(5000)], [5000, 10_000, 10_000]);
  for (const at of [0, 1, 1023, 1024, 1025, 2048, 4999]) {
    assert.deepEqual(
      [planned.path(at), planned.facts.uids[at], planned.chunkLengths[planned.firstChunk(at) + 1]],
      [`d${at >> 4}/f${at}`, at, at + 1],
    );
  }
});

test("PlannedFiles.replace() and share() change what the columns say", () => {
  const planned = plannedFiles([file("a", { action: FILE_ACTION.mend }), file("b")]);
  planned.replace(0);
  planned.share(1, 3);
  const { actions, shared } = planned.columns([0, 1], Uint32Array.of(0, 0));
  assert.deepEqual(
    [[...actions], [...shared]],
    [
      [FILE_ACTION.replace, FILE_ACTION.create],
      [0, 3],
    ],
  );
});
