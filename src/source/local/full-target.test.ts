import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEntry } from "../../../test/support/target-suite.ts";
import { onTinyFileSystem, remount } from "../../../test/support/tiny-file-system.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import { LocalTarget } from "./local-target.ts";

const ROOT = "" as ByteString;

function open(path: string): LocalTarget {
  return new LocalTarget({ kind: "local", path: byteStringOf(path), owner: "none", privileged: false }, { random: seededRandom(5) });
}

test("write() is E_TARGET_FULL when the device is full, and what is there can be abandoned", async (context) => {
  await onTinyFileSystem(context, 64, async (path) => {
    const target = open(path);
    // A long write is done beside this thread.
    for (const length of [2 ** 20, 8 * 2 ** 20]) {
      const file = target.createFile(ROOT, byteStringOf("file"), false);
      await assert.rejects(
        async () => file.write(new Uint8Array(length), 0),
        (error) => isAppError(error, "E_TARGET_FULL") && error.data["errno"] === "ENOSPC",
      );
      file.abandon();
      target.remove(ROOT, byteStringOf("file"));
    }
    const again = target.createFile(ROOT, byteStringOf("file"), false);
    await again.write(new Uint8Array(1024), 0);
    assert.deepEqual(again.finish(makeEntry("file", ENTRY_KIND.file)), []);
    target.close();
  });
});

test("a root on a read-only file system is E_TARGET_ROOT", async (context) => {
  await onTinyFileSystem(context, 64, (path) => {
    remount(path, "ro");
    for (const root of [path, `${path}/below`])
      assert.throws(
        () => open(root),
        (error) => isAppError(error, "E_TARGET_ROOT") && error.data["errno"] === "EROFS",
      );
  });
});
