import { displayBytes } from "../shared/bytes.ts";
import type { SourceDescription } from "../source/source.ts";

/** Identity of a source in catalogs and snapshots. A local path means something only together with its host. */
export function sourceKey(description: SourceDescription, host: string): string {
  const path = displayBytes(description.path);
  return description.kind === "local" ? `local:${host}:${path}` : `${description.kind}:${path}`;
}
