import { ENTRY_KIND, type Entry } from "../format/entry.ts";

/** A change this close to the start of a run may be followed by another one with the same timestamp. */
const TIMESTAMP_GRAIN_NS = 10_000_000n;

/**
 * The change token that a row keeps of a node seen by a run that began at `startedNs`: none (0) for a file that was changed so late
 * that a later change might not show. Such a file is read again next time. The rule needs nothing but the entry and the start of
 * its snapshot, so that a rebuilt catalog has the same rows.
 */
export function trustedToken(node: Pick<Entry, "kind" | "changedNs" | "azure">, changeToken: bigint, startedNs: bigint): bigint {
  // A share gives every change an ETag of its own, whatever its clock and ours say.
  if (node.azure !== undefined) return changeToken;
  return node.kind === ENTRY_KIND.file && node.changedNs >= startedNs - TIMESTAMP_GRAIN_NS ? 0n : changeToken;
}
