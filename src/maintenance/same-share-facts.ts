import type { AzureFacts } from "../format/entry.ts";
import { equalBytes } from "../shared/bytes.ts";

/**
 * True when two nodes of shares have the same metadata, as far as somebody set it. Keys and ETags are the share's own, and the time
 * of the last change moves with everything else.
 */
export function sameShareFacts(a: AzureFacts | undefined, b: AzureFacts | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.attributes === b.attributes &&
    a.creationTicks === b.creationTicks &&
    a.lastWriteTicks === b.lastWriteTicks &&
    a.contentType === b.contentType &&
    sameBytes(a.permission?.id, b.permission?.id) &&
    sameBytes(a.contentMd5, b.contentMd5) &&
    JSON.stringify(a.userMetadata) === JSON.stringify(b.userMetadata)
  );
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
