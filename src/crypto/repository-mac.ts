import { createHmac, timingSafeEqual } from "node:crypto";
import { corrupt } from "../format/corrupt.ts";
import { decodeRepositoryFile, encodeRepositoryFile } from "../format/repository-file.ts";
import type { RepositoryConfig } from "../format/repository-file.ts";
import type { RepositoryKeys } from "./keys.ts";

/** The bytes of `varve.repo`, with the code that makes every later change visible. */
export function sealRepositoryFile(config: RepositoryConfig, keys: RepositoryKeys): Uint8Array {
  return encodeRepositoryFile(config, (covered) => macOf(covered, keys));
}

/**
 * Reads `varve.repo` and checks that whoever wrote it held the repository's key.
 *
 * @throws AppError E_REPO_VERSION, E_CORRUPT
 */
export function openRepositoryFile(bytes: Uint8Array, keys: RepositoryKeys): RepositoryConfig {
  const { config, covered, mac } = decodeRepositoryFile(bytes);
  if (!timingSafeEqual(macOf(covered, keys), mac)) throw corrupt("varve.repo", "its authentication code does not fit the key");
  return config;
}

function macOf(covered: Uint8Array, keys: RepositoryKeys): Uint8Array {
  return createHmac("sha256", keys.configKey).update(covered).digest();
}
