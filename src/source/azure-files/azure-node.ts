import { type AzureFacts, ENTRY_KIND, type Entry, type EntryKind } from "../../format/entry.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import type { SourceNode } from "../source.ts";
import { factHash } from "./fact-hash.ts";
import type { ListedEntry } from "./list-page.ts";
import { azureFactsOf, type NodeFacts } from "./node-facts.ts";
import { nsOfTicks } from "./ticks.ts";

const READ_ONLY = 0x1;

/** A node of a share as its listing shows it. */
export function nodeOfListed(entry: ListedEntry): SourceNode {
  const { etag, attributes, creationTicks, lastWriteTicks, changeTicks, lastAccessTicks, permissionKey } = entry;
  const azure: AzureFacts = {
    etag,
    contentMd5: undefined,
    attributes,
    creationTicks,
    lastWriteTicks,
    changeTicks,
    lastAccessTicks,
    permissionKey,
    permission: undefined,
    contentType: "",
    userMetadata: [],
  };
  return nodeOf({ name: byteStringOf(entry.name), kind: entry.kind, nodeId: entry.fileId, size: entry.size }, azure);
}

/** A node of a share as the service tells of it when asked for it alone. */
export function nodeOfFacts(name: ByteString, facts: NodeFacts, lastAccessTicks: bigint): SourceNode {
  const node = nodeOf({ name, kind: facts.kind, nodeId: facts.fileId, size: facts.size }, azureFactsOf(facts, lastAccessTicks));
  return facts.posix === undefined ? node : { ...node, ...facts.posix };
}

function nodeOf(what: Pick<SourceNode, "name" | "kind" | "nodeId" | "size">, azure: AzureFacts): SourceNode {
  return {
    ...what,
    modifiedNs: nsOfTicks(azure.lastWriteTicks),
    changeToken: shareToken(what.kind, what.size, azure),
    changedNs: nsOfTicks(azure.changeTicks),
    accessedNs: nsOfTicks(azure.lastAccessTicks),
    bornNs: nsOfTicks(azure.creationTicks),
    mode: modeOf(what.kind, azure.attributes),
    uid: 0,
    gid: 0,
    links: 1,
    device: 0n,
    // Holes show only in the list of ranges, so every file may have some; and one lane reads a file as fast as the service gives it.
    allocatedBytes: 0,
    fileSystem: 0n,
    azure,
  };
}

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

/**
 * A folder cannot hold the security descriptor. What is restored into one is for its owner only: a file that few could read in the
 * share must not be open to all in the folder.
 */
function modeOf(kind: EntryKind, attributes: number): number {
  if (kind === ENTRY_KIND.directory) return 0o700;
  return (attributes & READ_ONLY) === 0 ? 0o600 : 0o400;
}
