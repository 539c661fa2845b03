import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyManifest, fileEntry } from "../../test/support/arbitrary-entry.ts";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { Manifest } from "./entry.ts";
import { MANIFEST_ISSUES_MAX } from "./entry.ts";
import { decodeManifest, encodeManifest } from "./manifest.ts";
import { encodeScanResult } from "./scan-result.ts";

const EMPTY: Manifest = {
  startedNs: 0n,
  finishedNs: 0n,
  host: "",
  user: "",
  tags: [],
  parent: "",
  program: "",
  sources: [],
  files: 0,
  directories: 0,
  bytes: 0,
  addedBytes: 0,
  storedBytes: 0,
  filesNew: 0,
  filesChanged: 0,
  filesUnmodified: 0,
  issues: [],
  issueCount: 0,
};

test("decodeManifest() gives back exactly what encodeManifest() wrote, and the bytes are deterministic", () => {
  fc.assert(
    fc.property(anyManifest, (manifest) => {
      const bytes = encodeManifest(manifest);
      assert.deepEqual(decodeManifest(bytes), manifest);
      assert.deepEqual(encodeManifest(decodeManifest(bytes)), bytes);
    }),
  );
});

test("decodeManifest() throws E_CORRUPT or gives a manifest when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyManifest, fc.array(anyDamage, { minLength: 1, maxLength: 3 }), (manifest, damages) => {
      const bytes = damages.reduce(damage, encodeManifest(manifest));
      const decoded = decodesOrRefuses(() => decodeManifest(bytes));
      if (decoded !== undefined) encodeManifest(decoded);
    }),
    { numRuns: 2000 },
  );
});

test("encodeManifest() keeps the first issues only, and their count", () => {
  const issues = Array.from({ length: MANIFEST_ISSUES_MAX + 5 }, (_, index) => ({
    path: `p${index}`,
    code: "E_SOURCE_READ",
    message: "cannot read",
  }));
  const decoded = decodeManifest(encodeManifest({ ...EMPTY, issues, issueCount: issues.length }));
  assert.deepEqual(decoded.issues, issues.slice(0, MANIFEST_ISSUES_MAX));
  assert.equal(decoded.issueCount, issues.length);
});

test("decodeManifest() refuses the bytes of something else", () => {
  const scan = { sourcePath: "" as ByteString, sourceKey: "", startedNs: 0n, finishedNs: 0n, files: 0, directories: 0, bytes: 0 };
  refuses(
    () => decodeManifest(encodeScanResult({ ...scan, added: 0, modified: 0, moved: 0, deleted: 0, errors: [], errorCount: 0 })),
    /another kind/,
  );
});

test("decodeManifest() refuses a root whose name could leave the target", () => {
  const source = { path: "/srv" as ByteString, key: "k", root: fileEntry("ordinary") };
  const bytes = Buffer.from(encodeManifest({ ...EMPTY, sources: [source] }));
  bytes.write("../../ab", bytes.indexOf("ordinary"), "latin1");
  refuses(() => decodeManifest(bytes), /impossible name/);
});
