import assert from "node:assert/strict";
import { test } from "node:test";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { contentOf } from "./source-totals.ts";

test("contentOf() adds up what directories say they hold, themselves included, and sources that are no directories", () => {
  const page = { id: new Uint8Array(32), length: 1 };
  const directory = (files: number, directories: number, bytes: number): ReturnType<typeof fileEntry> =>
    fileEntry("", {
      kind: ENTRY_KIND.directory,
      size: 4096,
      directory: { page, entryCount: 1, totalFiles: files, totalDirectories: directories, totalBytes: bytes },
    });
  const link = fileEntry("link", { kind: ENTRY_KIND.symlink, size: 9, linkTarget: byteStringOf("somewhere") });
  assert.deepEqual(contentOf([]), { files: 0, directories: 0, bytes: 0 });
  assert.deepEqual(contentOf([directory(0, 0, 0)]), { files: 0, directories: 1, bytes: 0 });
  assert.deepEqual(contentOf([directory(10, 3, 1000), directory(5, 0, 50), fileEntry("file", { size: 7 }), link]), {
    files: 17,
    directories: 5,
    bytes: 1057,
  });
});
