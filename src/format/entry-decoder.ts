import { Encoding } from "flatbuffers";
import { toByteString } from "../shared/bytes.ts";
import type { ByteString } from "../shared/bytes.ts";
import { readAzureFacts } from "./azure-decoder.ts";
import { corrupt } from "./corrupt.ts";
import { CHUNK_ID_BYTES, ENTRY_KIND, NO_CHUNKS } from "./entry.ts";
import type { ChunkRef, ChunkRefs, DirectoryFacts, Entry, EntryKind, ExtendedAttribute, Extent } from "./entry.ts";
import type { ExtendedAttribute as AttributeTable } from "./generated/extended-attribute.ts";
import type { FileMetadata } from "./generated/file-metadata.ts";
import { isEntryName } from "./names.ts";

const NO_BYTES = new Uint8Array(0);
const EMPTY = "" as ByteString;
const NO_ATTRIBUTES: readonly ExtendedAttribute[] = Object.freeze([]);
const ENTRY_KIND_MAX = ENTRY_KIND.blockDevice;
const MODE_MAX = 0o7777;

/**
 * Reads `FileMetadata` tables of one verified buffer and checks what they say. Ids and attribute values are views of the buffer,
 * so it must not change while entries are in use.
 */
export class EntryDecoder {
  readonly #what: string;
  /** Owner and group names repeat in almost every entry: each is decoded once, found again by its place. */
  readonly #texts = new Map<number, string>();

  constructor(what: string) {
    this.#what = what;
  }

  /** Reads one entry; `rootAllowed` accepts the empty name of a source's root. @throws AppError E_CORRUPT */
  read(table: FileMetadata, rootAllowed = false): Entry {
    const name = byteString(table.nameArray());
    if (!isEntryName(name) && !(rootAllowed && name === "")) throw this.#damage("an entry has an impossible name");
    const kind = table.kind();
    const mode = table.mode();
    if (kind > ENTRY_KIND_MAX || mode > MODE_MAX) throw this.#damage("an entry has an unknown kind or mode");
    const size = this.integer(table.size());
    const entry: Entry = {
      name,
      kind: kind as EntryKind,
      nodeId: table.nodeId(),
      mode,
      uid: table.uid(),
      gid: table.gid(),
      user: this.text(table.user(Encoding.UTF8_BYTES)),
      group: this.text(table.group(Encoding.UTF8_BYTES)),
      size,
      modifiedNs: table.modifiedNs(),
      changedNs: table.changedNs(),
      accessedNs: table.accessedNs(),
      bornNs: table.bornNs(),
      links: table.links(),
      device: table.device(),
      attributes: this.#attributes(table),
      linkTarget: byteString(table.linkTargetArray()),
      content: this.#content(table),
      extents: this.#extents(table, size),
      xorHash: table.xorHash(),
      directory: this.#directory(table, kind),
    };
    const azure = table.azure();
    return azure === null ? entry : { ...entry, azure: readAzureFacts(azure, { decoder: this, what: this.#what }) };
  }

  /** A stored 64-bit number that the program handles as a JavaScript number. */
  integer(value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw this.#damage("a number is too large");
    return number;
  }

  /** A chunk's id and length. */
  chunkRef(id: Uint8Array | null, length: number): ChunkRef {
    if (id?.length !== CHUNK_ID_BYTES) throw this.#damage("a chunk reference has no proper id");
    return { id, length };
  }

  #damage(why: string): Error {
    return corrupt(this.#what, why);
  }

  /** A text that may come again in other entries. */
  text(bytes: string | Uint8Array | null): string {
    if (bytes === null || typeof bytes === "string" || bytes.length === 0) return "";
    const known = this.#texts.get(bytes.byteOffset);
    if (known !== undefined) return known;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    this.#texts.set(bytes.byteOffset, text);
    return text;
  }

  #content(table: FileMetadata): ChunkRefs {
    const lengths = table.chunkLengthsArray();
    const ids = table.chunkIdsArray();
    if (lengths === null && ids === null) return NO_CHUNKS;
    if (ids?.length !== (lengths?.length ?? 0) * CHUNK_ID_BYTES || lengths === null)
      throw this.#damage("an entry's chunk ids and lengths do not match");
    return { ids, lengths };
  }

  #extents(table: FileMetadata, size: number): readonly Extent[] | undefined {
    if (!table.sparse()) return undefined;
    const extents: Extent[] = [];
    let end = 0;
    for (let i = 0; i < table.extentsLength(); i += 1) {
      const stored = table.extents(i);
      const offset = this.integer(stored?.offset() ?? 0n);
      const length = this.integer(stored?.length() ?? 0n);
      if (offset < end || length > size - offset) throw this.#damage("the extents of a sparse file overlap or leave it");
      end = offset + length;
      extents.push({ offset, length });
    }
    return extents;
  }

  #directory(table: FileMetadata, kind: number): DirectoryFacts | undefined {
    const stored = table.directory();
    if ((stored !== null) !== (kind === ENTRY_KIND.directory)) throw this.#damage("an entry is half a directory");
    if (stored === null) return undefined;
    return {
      page: this.chunkRef(stored.pageIdArray(), stored.pageLength()),
      entryCount: this.integer(stored.childCount()),
      totalFiles: this.integer(stored.totalFiles()),
      totalDirectories: this.integer(stored.totalDirectories()),
      totalBytes: this.integer(stored.totalBytes()),
    };
  }

  #attributes(table: FileMetadata): readonly ExtendedAttribute[] {
    const count = table.attributesLength();
    if (count === 0) return NO_ATTRIBUTES;
    const attributes: ExtendedAttribute[] = [];
    for (let i = 0; i < count; i += 1) {
      const stored = table.attributes(i);
      if (stored !== null) attributes.push(this.#attribute(stored));
    }
    return attributes;
  }

  #attribute(stored: AttributeTable): ExtendedAttribute {
    const name = byteString(stored.nameArray());
    if (name === "" || name.includes("\0")) throw this.#damage("an attribute has an impossible name");
    const chunk = stored.chunk();
    return { name, value: chunk === null ? (stored.valueArray() ?? NO_BYTES) : this.chunkRef(chunk.idArray(), chunk.length()) };
  }
}

/** Stored bytes as a `ByteString`; empty when absent. */
export function byteString(bytes: Uint8Array | null): ByteString {
  return bytes === null ? EMPTY : toByteString(bytes);
}
