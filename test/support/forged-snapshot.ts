import { Builder } from "flatbuffers";
import { Aead, NONCE_BYTES } from "../../src/crypto/aead.ts";
import { newObjectKey } from "../../src/crypto/sealed-header.ts";
import {
  CHUNK_TYPE,
  type ChunkRef,
  type ChunkType,
  type DirectoryFacts,
  ENTRY_KIND,
  type Entry,
  type Manifest,
  NO_CHUNKS,
} from "../../src/format/entry.ts";
import { writeEntry } from "../../src/format/entry-encoder.ts";
import { writeByteString, writeOffsets } from "../../src/format/write-parts.ts";
import { DirectoryPage } from "../../src/format/generated/directory-page.ts";
import { PageReference } from "../../src/format/generated/page-reference.ts";
import type { IndexedPack } from "../../src/format/index-segment.ts";
import { packKey } from "../../src/format/object-keys.ts";
import { encodePackDirectory, FRAME_FLAG } from "../../src/format/pack-directory.ts";
import { HEADER_BYTES, OBJECT_KIND, SALT_BYTES, SEALED_MAGIC, SUITE, TAG_BYTES, TRAILER_BYTES } from "../../src/format/sealed-object.ts";
import { objectId } from "../../src/repository/context.ts";
import { loadIndexForWriting } from "../../src/repository/loaded-index.ts";
import type { PackWriter } from "../../src/repository/pack-writer.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { Session } from "../../src/repository/session.ts";
import { byteStringOf, type ByteString, fromHex, toHex } from "../../src/shared/bytes.ts";
import { fileEntry } from "./arbitrary-entry.ts";
import { packWriter } from "./memory-repository.ts";
import { manifestOf } from "./thin-backup.ts";

/** An entry of an inner page. */
export interface ForgedChild {
  readonly firstName: string;
  readonly ref: ChunkRef;
}

/** What a directory says it holds; whatever is left out is true, or plenty for pages that somebody else filled. */
export type ForgedCounts = Partial<Omit<DirectoryFacts, "page">>;

const PLENTY: Omit<DirectoryFacts, "page"> = { entryCount: 1000, totalFiles: 1000, totalDirectories: 1000, totalBytes: 1000 };

/**
 * Writes snapshots as somebody would who holds the key and means harm: properly sealed, with names, counts, lengths and pages that
 * the program itself never writes.
 */
export class Forger {
  readonly #repository: OpenRepository;
  readonly #session: Session;
  readonly #data: PackWriter;
  readonly #trees: PackWriter;

  private constructor(repository: OpenRepository, parts: { session: Session; data: PackWriter; trees: PackWriter }) {
    this.#repository = repository;
    this.#session = parts.session;
    this.#data = parts.data;
    this.#trees = parts.trees;
  }

  static async open(repository: OpenRepository): Promise<Forger> {
    const { context } = repository;
    const session = await Session.announce(context, { host: "host", program: "forger" });
    const { index } = await loadIndexForWriting(context);
    const common = { index, packBytes: 8 << 20, chunkBytesMax: 16 << 20 };
    const data = await packWriter(context, common);
    return new Forger(repository, { session, data, trees: await packWriter(context, { ...common, kind: OBJECT_KIND.metadataPack }) });
  }

  /** Stores a chunk as it is. */
  chunk(plain: Uint8Array, type: ChunkType = CHUNK_TYPE.data): ChunkRef {
    const id = this.#repository.hasher.id(type, plain);
    (type === CHUNK_TYPE.data ? this.#data : this.#trees).add(id, type, plain);
    return { id, length: plain.length };
  }

  /** Stores a page with these entries, whatever they are. */
  leaf(entries: readonly Entry[], level = 0): ChunkRef {
    return this.#page(level, (builder) => ({ entries: entries.map((entry) => writeEntry(builder, entry)) }));
  }

  /** Stores a page above others. */
  inner(level: number, children: readonly ForgedChild[]): ChunkRef {
    return this.#page(level, (builder) => ({
      children: children.map(({ firstName, ref }) => {
        const name = writeByteString(builder, byteStringOf(firstName));
        return PageReference.createPageReference(builder, name, builder.createByteVector(ref.id), ref.length, 1n);
      }),
    }));
  }

  #page(
    level: number,
    make: (builder: Builder) => { readonly entries?: readonly number[]; readonly children?: readonly number[] },
  ): ChunkRef {
    const builder = new Builder(1024);
    const { entries = [], children = [] } = make(builder);
    const [entryVector, childVector] = [writeOffsets(builder, entries), writeOffsets(builder, children)];
    DirectoryPage.startDirectoryPage(builder);
    DirectoryPage.addEntries(builder, entryVector);
    DirectoryPage.addChildren(builder, childVector);
    DirectoryPage.addLevel(builder, level);
    builder.finish(DirectoryPage.endDirectoryPage(builder), "VDP1");
    return this.chunk(builder.asUint8Array().slice(), CHUNK_TYPE.tree);
  }

  /** A file with this content, honest unless `facts` say otherwise. */
  file(name: string, content = "forged", facts: Partial<Entry> = {}): Entry {
    const chunks = content === "" ? [] : [this.chunk(Buffer.from(content))];
    const ids = new Uint8Array(Buffer.concat(chunks.map(({ id }) => id)));
    const lengths = Uint32Array.from(chunks, ({ length }) => length);
    return fileEntry(byteStringOf(name), { nodeId: this.#nodeId(), size: Buffer.byteLength(content), content: { ids, lengths }, ...facts });
  }

  symlink(name: string, target: string): Entry {
    return fileEntry(byteStringOf(name), {
      kind: ENTRY_KIND.symlink,
      nodeId: this.#nodeId(),
      size: 0,
      content: NO_CHUNKS,
      linkTarget: byteStringOf(target),
    });
  }

  /** A directory over a stored page, or over one page with these entries. */
  directory(name: string, page: ChunkRef | readonly Entry[], counts: ForgedCounts = {}): Entry {
    const directory = "id" in page ? { page, ...PLENTY, ...counts } : { page: this.leaf(page), ...trueCounts(page), ...counts };
    return fileEntry(byteStringOf(name), { kind: ENTRY_KIND.directory, nodeId: this.#nodeId(), size: 0, content: NO_CHUNKS, directory });
  }

  #nodes = 1000n;

  #nodeId(): bigint {
    this.#nodes += 1n;
    return this.#nodes;
  }

  /** A pack with one chunk whose only frame is these bytes, said to be compressed and to have `rawLength` bytes: names it in the index, and returns its chunk. */
  async packWithFrame(frame: Uint8Array, rawLength: number): Promise<ChunkRef> {
    const { context } = this.#repository;
    const { header, key } = newObjectKey(OBJECT_KIND.dataPack, SUITE.aes256Gcm, { ...context, salt: context.random.bytes(SALT_BYTES) });
    const aead = new Aead(key, SUITE.aes256Gcm);
    const seal = (plain: Uint8Array, facts: SealedFacts): Uint8Array =>
      aead.seal(plain, new Uint8Array(plain.length + TAG_BYTES), bindingOf(header, facts));
    const sealed = seal(frame, { number: 0, rawLength, flag: FRAME_FLAG.compressed });
    const id = context.random.bytes(32);
    const directory = {
      frameSealedLengths: Uint32Array.of(sealed.length),
      frameFlags: Uint8Array.of(FRAME_FLAG.compressed),
      rawLength,
      chunkIds: id,
      chunkTypes: Uint8Array.of(CHUNK_TYPE.data),
      chunkLengths: Uint32Array.of(rawLength),
    };
    const payload = encodePackDirectory(directory);
    const tail = seal(payload, { number: 0xffff_ffff, rawLength: payload.length, flag: FRAME_FLAG.raw });
    const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
    const objectLength = HEADER_BYTES + sealed.length + tail.length + TRAILER_BYTES;
    trailer.setUint32(0, tail.length, true);
    trailer.setBigUint64(4, BigInt(objectLength), true);
    trailer.setUint32(12, SEALED_MAGIC, true);
    const parts = [header, sealed, tail, new Uint8Array(trailer.buffer)];
    const packId = objectId(context, parts);
    await context.store.create(packKey(packId), parts);
    this.index({ id: fromHex(packId), kind: OBJECT_KIND.dataPack, objectLength, directory });
    return { id, length: rawLength };
  }

  /** Names a pack in the index, true or not. */
  index(pack: IndexedPack): void {
    this.#session.addPack(pack);
  }

  /** Commits a snapshot of these roots, each as a source; `change` has the last word about the packs that hold its chunks. */
  async commit(
    roots: readonly (Entry | { readonly path: string; readonly root: Entry })[],
    change: (pack: IndexedPack) => IndexedPack = (pack) => pack,
  ): Promise<string> {
    for (const writer of [this.#data, this.#trees]) {
      const pack = writer.finish();
      if (pack === undefined) continue;
      await this.#repository.store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
      this.index(change(pack.indexed));
    }
    const sources = roots.map((given, at) => ("root" in given ? given : { path: `/source-${at}`, root: given }));
    const plain = manifestOf(fileEntry("x"), { tags: [], host: "host", startedNs: 1n });
    const manifest: Manifest = {
      ...plain,
      sources: sources.map(({ path, root }) => ({
        path: byteStringOf(path),
        key: `local:host:${path}`,
        root: { ...root, name: "" as ByteString },
      })),
    };
    return await this.#session.commit(manifest);
  }
}

function trueCounts(entries: readonly Entry[]): Omit<DirectoryFacts, "page"> {
  const sum = (of: (entry: Entry) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
  return {
    entryCount: entries.length,
    totalFiles: sum(({ directory }) => directory?.totalFiles ?? 1),
    totalDirectories: sum(({ directory }) => (directory === undefined ? 0 : directory.totalDirectories + 1)),
    totalBytes: sum(({ directory, size }) => directory?.totalBytes ?? size),
  };
}

interface SealedFacts {
  readonly number: number;
  readonly rawLength: number;
  readonly flag: number;
}

/** What binds a frame to its place in an object (docs/repository-format.md). */
function bindingOf(
  header: Uint8Array,
  { number, rawLength, flag }: SealedFacts,
): { readonly nonce: Uint8Array; readonly additionalData: Uint8Array } {
  const nonce = new Uint8Array(NONCE_BYTES).fill(number === 0xffff_ffff ? 0xff : 0);
  if (number !== 0xffff_ffff) new DataView(nonce.buffer).setUint32(0, number, true);
  const additionalData = new Uint8Array(header.length + 9);
  additionalData.set(header);
  const view = new DataView(additionalData.buffer, header.length);
  view.setUint32(0, number, true);
  view.setUint32(4, rawLength, true);
  view.setUint8(8, flag);
  return { nonce, additionalData };
}
