import type { AzureFacts, Entry, EntryKind } from "../format/entry.ts";
import { factHash } from "./fact-hash.ts";

/**
 * The change token of a node of a share: moves with content, attributes, security descriptor and times. Never 0, which means that
 * nothing is sure. The time of the last access is no change.
 */
export function shareToken(kind: EntryKind, size: number, azure: AzureFacts): bigint {
  const { etag, changeTicks, lastWriteTicks, creationTicks, permissionKey, attributes } = azure;
  const token = factHash(`${kind}|${size}|${etag}|${changeTicks}|${lastWriteTicks}|${creationTicks}|${permissionKey}|${attributes}`);
  return token === 0n ? 1n : token;
}

/** The change token that the listing had which made this entry. */
export function changeTokenOf(entry: Pick<Entry, "kind" | "size" | "changedNs" | "azure">): bigint {
  const { kind, size, changedNs, azure } = entry;
  return azure === undefined ? changedNs : shareToken(kind, size, azure);
}
