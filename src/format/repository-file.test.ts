import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { isAppError } from "../shared/errors.ts";
import { decodeRepositoryFile, DEFAULT_SIZES, encodeRepositoryFile } from "./repository-file.ts";
import type { RepositoryConfig } from "./repository-file.ts";

const config: RepositoryConfig = {
  ...DEFAULT_SIZES,
  repositoryId: new Uint8Array(16).fill(5),
  version: 1,
  suite: 1,
  createdNs: 1_700_000_000_000_000_000n,
};
const mac = (): Uint8Array => new Uint8Array(32).fill(9);

function edited(at: number, value: number): Uint8Array {
  const bytes = encodeRepositoryFile(config, mac).slice();
  bytes[at] = value;
  return bytes;
}

test("decodeRepositoryFile() gives back the configuration and what its code covers", () => {
  const bytes = encodeRepositoryFile(config, mac);
  const file = decodeRepositoryFile(bytes);
  assert.deepEqual(file.config, config);
  assert.deepEqual(file.mac, mac());
  assert.deepEqual(file.covered, bytes.subarray(0, bytes.length - 32));
});

test("decodeRepositoryFile() refuses a newer version by its number, whatever else is in the file", () => {
  const newer = Buffer.concat([
    encodeRepositoryFile(config, mac).subarray(0, 8),
    Uint8Array.of(2, 0),
    Buffer.from("something else entirely"),
  ]);
  assert.throws(
    () => decodeRepositoryFile(newer),
    (error) => isAppError(error, "E_REPO_VERSION") && error.what.includes("version 2"),
  );
});

test("decodeRepositoryFile() refuses what is no repository file and what is impossible", () => {
  refuses(() => decodeRepositoryFile(new Uint8Array(0)), /ends too early/);
  refuses(() => decodeRepositoryFile(edited(0, 0)), /no repository file/);
  refuses(() => decodeRepositoryFile(edited(8, 0)), /no version/);
  refuses(() => decodeRepositoryFile(edited(10, 3)), /cipher suite/);
  refuses(() => decodeRepositoryFile(edited(11, 1)), /reserved/);
  refuses(() => decodeRepositoryFile(edited(12, 1)), /frame size/);
  refuses(() => decodeRepositoryFile(edited(35, 255)), /chunk sizes/);
  refuses(() => decodeRepositoryFile(edited(47, 255)), /pack sizes/);
});

test("decodeRepositoryFile() throws E_CORRUPT or gives sound sizes when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyDamage, (how) => {
      const bytes = damage(encodeRepositoryFile(config, mac), how);
      const file = decodesOrRefuses(() => decodeRepositoryFile(bytes));
      if (file !== undefined)
        assert.deepEqual(
          encodeRepositoryFile(file.config, () => file.mac),
          bytes,
        );
    }),
    { numRuns: 1000 },
  );
});
