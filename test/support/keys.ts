import { deriveKeys } from "../../src/crypto/keys.ts";
import type { SealContext } from "../../src/crypto/sealed-header.ts";

/** Keys and id of a repository that tests agree on. `seed` gives others. */
export function testContext(seed = 1): SealContext {
  const repositoryId = new Uint8Array(16).fill(seed);
  return { repositoryId, keys: deriveKeys(new Uint8Array(32).fill(seed + 100), repositoryId) };
}
