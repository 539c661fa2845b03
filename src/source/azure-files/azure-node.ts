import { type AzureFacts, ENTRY_KIND, type EntryKind } from "../../format/entry.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { shareToken } from "../change-token.ts";
import type { SourceNode } from "../source.ts";
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
    accessedNs: nsOfTicks(azure.lastAccessTicks || azure.lastWriteTicks),
    bornNs: azure.creationTicks === 0n ? 0n : nsOfTicks(azure.creationTicks),
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
 * A folder cannot hold the security descriptor. What is restored into one is for its owner only: a file that few could read in the
 * share must not be open to all in the folder.
 */
function modeOf(kind: EntryKind, attributes: number): number {
  if (kind === ENTRY_KIND.directory) return 0o700;
  return (attributes & READ_ONLY) === 0 ? 0o600 : 0o400;
}
