import type { ChunkerParams } from "../chunker/params.ts";
import type { RepositoryConfig } from "../format/repository-file.ts";

/** The chunk lengths that a repository was made with: all its writers must use them, or nothing deduplicates. */
export function chunkerParams({ chunker }: RepositoryConfig): ChunkerParams {
  return { minBytes: chunker.minBytes, targetBytes: chunker.averageBytes, maxBytes: chunker.maxBytes };
}
