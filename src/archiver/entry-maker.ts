import { ATTRIBUTE_INLINE_BYTES_MAX, type Entry, type ExtendedAttribute } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { NodeDetails, Source, SourceNode } from "../source/source.ts";
import { entryOf, type EntryParts } from "./entry-of.ts";
import type { FileOutcome } from "./file-outcome.ts";
import type { SourceWriter } from "./source-writer.ts";

/** What a listing does not show of an entry, large values stored already. */
export type EntryDetails = Pick<EntryParts, "attributes" | "linkTarget">;

/** Makes the entries of pages from nodes of a source. */
export class EntryMaker {
  readonly #source: Source;
  readonly #writer: () => Promise<SourceWriter>;

  constructor(source: Source, writer: () => Promise<SourceWriter>) {
    this.#source = source;
    this.#writer = writer;
  }

  entry(node: SourceNode, parts: Omit<EntryParts, "owner">): Entry {
    return entryOf(node, { ...parts, owner: this.#source.ownerNames(node.uid, node.gid) });
  }

  /** Synchronous for almost every file: only large attributes wait for the writer. */
  fileEntry(node: SourceNode, { content, xorHash, extras }: FileOutcome): MaybePromise<Entry> {
    const parts = { content, xorHash, extents: extras.extents, fresh: extras.fresh };
    if (extras.attributes === undefined) return this.entry(node, parts);
    return this.#stored(extras.attributes).then((attributes) => this.entry(node, { ...parts, attributes }));
  }

  /** Attributes and link target of one entry of `directory`; of the source's root when the name is empty. */
  async details(directory: ByteString, node: Pick<SourceNode, "name" | "kind">): Promise<EntryDetails> {
    const { attributes, linkTarget } = await this.#source.details(directory, node.name, node.kind);
    return { attributes: await this.#stored(attributes), linkTarget };
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
