import {
  type AzureFacts,
  type ChunkRefs,
  type DirectoryFacts,
  type Entry,
  type ExtendedAttribute,
  type Extent,
  NO_CHUNKS,
} from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";
import type { FreshFacts } from "./lane-protocol.ts";

/** What an entry needs beside the listing's facts. */
export interface EntryParts {
  readonly owner: { readonly user: string; readonly group: string };
  /** Large values stored already. */
  readonly attributes?: readonly ExtendedAttribute[] | undefined;
  readonly linkTarget?: ByteString | undefined;
  readonly content?: ChunkRefs;
  readonly extents?: readonly Extent[] | undefined;
  readonly xorHash?: bigint;
  readonly directory?: DirectoryFacts;
  /** Facts found when the file was read, where they differ from the listing's. */
  readonly fresh?: FreshFacts | undefined;
  /** Of a node of a share, with its security descriptor. */
  readonly azure?: AzureFacts | undefined;
}

/** The entry of a page for a node of a source. */
export function entryOf(node: SourceNode, parts: EntryParts): Entry {
  const facts = parts.fresh ?? node;
  const azure = parts.azure ?? node.azure;
  return {
    name: node.name,
    kind: node.kind,
    nodeId: facts.nodeId,
    mode: facts.mode,
    uid: facts.uid,
    gid: facts.gid,
    user: parts.owner.user,
    group: parts.owner.group,
    size: facts.size,
    modifiedNs: facts.modifiedNs,
    changedNs: facts.changedNs,
    accessedNs: facts.accessedNs,
    bornNs: facts.bornNs,
    links: facts.links,
    device: node.device,
    attributes: parts.attributes ?? [],
    linkTarget: parts.linkTarget ?? ("" as ByteString),
    content: parts.content ?? NO_CHUNKS,
    extents: parts.extents,
    xorHash: parts.xorHash ?? 0n,
    directory: parts.directory,
    ...(azure && { azure }),
  };
}
