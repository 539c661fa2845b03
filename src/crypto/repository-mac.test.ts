import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { testContext } from "../../test/support/keys.ts";
import { DEFAULT_SIZES } from "../format/repository-file.ts";
import type { RepositoryConfig } from "../format/repository-file.ts";
import { openRepositoryFile, sealRepositoryFile } from "./repository-mac.ts";

const { keys, repositoryId } = testContext();
const config: RepositoryConfig = { ...DEFAULT_SIZES, repositoryId, version: 1, suite: 1, createdNs: 5n };

test("openRepositoryFile() gives back what sealRepositoryFile() wrote", () => {
  assert.deepEqual(openRepositoryFile(sealRepositoryFile(config, keys), keys), config);
});

test("openRepositoryFile() refuses another key", () => {
  refuses(() => openRepositoryFile(sealRepositoryFile(config, keys), testContext(2).keys), /authentication code/);
});

test("openRepositoryFile() accepts no change at all", () => {
  const bytes = sealRepositoryFile(config, keys);
  fc.assert(
    fc.property(anyDamage, (how) => {
      const changed = damage(bytes, how);
      const opened = decodesOrRefuses(() => openRepositoryFile(changed, keys));
      if (opened !== undefined) assert.deepEqual(changed, bytes);
    }),
    { numRuns: 500 },
  );
});
