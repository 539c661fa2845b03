import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { decide } from "./decision.ts";
import type { OverwriteMode } from "./face.ts";
import { FILE_ACTION } from "./file-columns.ts";

const MODES: readonly OverwriteMode[] = ["skip", "if-changed", "always", "fail"];
const { create, mend, replace } = FILE_ACTION;

/** What happens in each mode, without and with --delete-extra. */
function decisions(there: { kind: number; links: number } | undefined): readonly string[] {
  return [false, true].flatMap((deleteExtra) =>
    MODES.map((overwrite) => {
      const facts = there && { name: "x" as ByteString, size: 1, modifiedNs: 0n, links: there.links, kind: there.kind as 0 };
      const decision = decide("x" as ByteString, facts, { overwrite, deleteExtra });
      if (decision.does === "refuse") return decision.error.code;
      return decision.does === "write" ? String(decision.action) : decision.does;
    }),
  );
}

const twice = (...each: readonly (string | number)[]): readonly string[] => [...each, ...each].map(String);

test("decide() makes what is not there", () => {
  assert.deepEqual(decisions(undefined), twice(create, create, create, create));
});

test("decide() mends a file of its own only when it may differ in part, and replaces everything else", () => {
  assert.deepEqual(decisions({ kind: ENTRY_KIND.file, links: 1 }), twice("skip", mend, replace, "E_TARGET_EXISTS"));
  assert.deepEqual(decisions({ kind: ENTRY_KIND.file, links: 2 }), twice("skip", replace, replace, "E_TARGET_EXISTS"));
  for (const kind of [ENTRY_KIND.symlink, ENTRY_KIND.fifo, ENTRY_KIND.socket, ENTRY_KIND.blockDevice]) {
    assert.deepEqual(decisions({ kind, links: 1 }), twice("skip", replace, replace, "E_TARGET_EXISTS"));
  }
});

test("decide() clears a folder away only when extra items are to be removed", () => {
  const refused = ["skip", "E_TARGET_EXISTS", "E_TARGET_EXISTS", "E_TARGET_EXISTS"];
  assert.deepEqual(decisions({ kind: ENTRY_KIND.directory, links: 1 }), [...refused, "skip", "clear", "clear", "E_TARGET_EXISTS"]);
});
