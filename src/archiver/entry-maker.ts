import { ATTRIBUTE_INLINE_BYTES_MAX, type AzureFacts, type Entry, type ExtendedAttribute } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { AppError } from "../shared/errors.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { NodeDetails, Source, SourceNode } from "../source/source.ts";
import { entryOf, type EntryParts } from "./entry-of.ts";
import type { FileOutcome } from "./file-outcome.ts";
import { Permissions } from "./permissions.ts";
import type { SourceWriter } from "./source-writer.ts";

/** What a listing does not show of an entry, large values stored already. */
export type EntryDetails = Pick<EntryParts, "attributes" | "linkTarget" | "azure">;

/** Makes the entries of pages from nodes of a source. */
export class EntryMaker {
  readonly #source: Source;
  readonly #writer: () => Promise<SourceWriter>;
  readonly #permissions: Permissions | undefined;

  constructor(source: Source, deps: { readonly writer: () => Promise<SourceWriter>; readonly issue: (error: AppError) => void }) {
    this.#source = source;
    this.#writer = deps.writer;
    this.#permissions = source.remote && new Permissions(source.remote, deps);
  }

  entry(node: SourceNode, parts: Omit<EntryParts, "owner">): Entry {
    return entryOf(node, { ...parts, owner: this.#source.ownerNames(node.uid, node.gid) });
  }

  /** Synchronous for almost every file: only large attributes and security descriptors met first wait for the writer. */
  fileEntry(node: SourceNode, { content, xorHash, extras }: FileOutcome): MaybePromise<Entry> {
    const facts = extras.azure ?? node.azure;
    if (facts !== undefined && this.#permissions !== undefined) return this.#shareEntry(node, { content, xorHash, extras }, facts);
    const parts = { content, xorHash, extents: extras.extents, fresh: extras.fresh };
    if (extras.attributes === undefined) return this.entry(node, parts);
    return this.#stored(extras.attributes).then((attributes) => this.entry(node, { ...parts, attributes }));
  }

  #shareEntry(node: SourceNode, { content, xorHash, extras }: FileOutcome, facts: AzureFacts): MaybePromise<Entry> {
    const parts = { content, xorHash, extents: extras.extents, fresh: extras.fresh };
    const complete = must(this.#permissions, "nodes of a share come from a share").complete(withAccess(facts, node.azure));
    if (complete instanceof Promise) return complete.then((azure) => this.entry(node, { ...parts, azure }));
    return this.entry(node, { ...parts, azure: complete });
  }

  /** Attributes and link target of one entry of `directory`; of the source's root when the name is empty. */
  async details(directory: ByteString, node: Pick<SourceNode, "name" | "kind" | "azure">): Promise<EntryDetails> {
    const { attributes, linkTarget, azure } = await this.#source.details(directory, node.name, node.kind);
    const details = { attributes: await this.#stored(attributes), linkTarget };
    if (azure === undefined || this.#permissions === undefined) return details;
    return { ...details, azure: await this.#permissions.complete(withAccess(azure, node.azure)) };
  }

  async #stored(attributes: NodeDetails["attributes"]): Promise<readonly ExtendedAttribute[]> {
    const stored: ExtendedAttribute[] = [];
    for (const { name, value } of attributes) {
      const large = value.length > ATTRIBUTE_INLINE_BYTES_MAX;
      stored.push({ name, value: large ? (await this.#writer()).tree.attribute(value) : value });
    }
    return stored;
  }
}

/** The time of the last access is in the listing only. */
function withAccess(facts: AzureFacts, listed: AzureFacts | undefined): AzureFacts {
  return listed === undefined || facts.lastAccessTicks !== 0n ? facts : { ...facts, lastAccessTicks: listed.lastAccessTicks };
}
