import { TreeWriter } from "../../src/archiver/tree-writer.ts";
import { UploadQueue } from "../../src/archiver/upload-queue.ts";
import { CHUNK_TYPE, type ChunkRefs, ENTRY_KIND, type Entry, type Manifest } from "../../src/format/entry.ts";
import { OBJECT_KIND } from "../../src/format/sealed-object.ts";
import type { Snapshot } from "../../src/repository/face.ts";
import { loadIndexForWriting, type WriterIndex } from "../../src/repository/loaded-index.ts";
import type { PackWriter } from "../../src/repository/pack-writer.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { Session } from "../../src/repository/session.ts";
import { walkTree } from "../../src/repository/tree-walk.ts";
import { byteStringOf, type ByteString, concatBytes, joinPath } from "../../src/shared/bytes.ts";
import { fileEntry } from "./arbitrary-entry.ts";
import { packWriter } from "./memory-repository.ts";

/** A tree of files in memory: a name leads to content or to a directory. */
export interface Tree extends ReadonlyMap<string, Uint8Array | Tree> {}

export interface ThinBackupOptions {
  /** The first tells what was saved to whoever compares. */
  readonly tags: readonly string[];
  /** Host in the session record and the manifest. */
  readonly host?: string;
  readonly startedNs?: bigint;
  /** Content is cut into pieces of this length, bytes. */
  readonly chunkBytes?: number;
  readonly packBytes?: number;
  /** Where the writer learns what the repository holds. */
  readonly loadIndex?: (repository: OpenRepository) => Promise<WriterIndex>;
}

const ROOT_PATH = byteStringOf("/tree");

/**
 * Backs up a tree with the parts a real backup is built from (session, index, pack writers, tree writer, uploads), without source,
 * catalog and threads. Returns the snapshot's id.
 */
export async function thinBackup(repository: OpenRepository, tree: Tree, options: ThinBackupOptions): Promise<string> {
  const { host = "host", loadIndex = (open) => loadIndexForWriting(open.context) } = options;
  const session = await Session.announce(repository.context, { host, program: "thin" });
  try {
    const loaded = await loadIndex(repository);
    for (const pack of loaded.adopted) session.addPack(pack);
    const writer = await ThinWriter.create(repository, loaded, { session, ...options });
    const root = await writer.directory("" as ByteString, tree);
    await writer.finish();
    return await session.commit(manifestOf(root, { ...options, host, startedNs: options.startedNs ?? repository.context.clock.nowNs() }));
  } catch (error) {
    await session.abandon().catch(() => undefined);
    throw error;
  }
}

class ThinWriter {
  readonly #repository: OpenRepository;
  readonly #data: PackWriter;
  readonly #tree: TreeWriter;
  readonly #uploads: UploadQueue;
  readonly #chunkBytes: number;

  private constructor(parts: { repository: OpenRepository; data: PackWriter; tree: TreeWriter; uploads: UploadQueue; chunkBytes: number }) {
    this.#repository = parts.repository;
    this.#data = parts.data;
    this.#tree = parts.tree;
    this.#uploads = parts.uploads;
    this.#chunkBytes = parts.chunkBytes;
  }

  static async create(
    repository: OpenRepository,
    loaded: WriterIndex,
    options: ThinBackupOptions & { session: Session },
  ): Promise<ThinWriter> {
    const { session, packBytes = 4096, chunkBytes = 1000 } = options;
    const uploads = new UploadQueue(repository.store, ({ number, indexed }) => {
      loaded.packs.set(number, indexed);
      session.addPack(indexed);
    });
    const common = { index: loaded.index, packBytes, level: 2 };
    const metadata = await packWriter(repository.context, { ...common, kind: OBJECT_KIND.metadataPack });
    const data = await packWriter(repository.context, common);
    const tree = new TreeWriter({ hasher: repository.hasher, writer: metadata, uploads });
    return new ThinWriter({ repository, data, tree, uploads, chunkBytes });
  }

  async directory(name: ByteString, tree: Tree): Promise<Entry> {
    const entries: Entry[] = [];
    for (const [child, node] of tree) {
      const childName = byteStringOf(child);
      entries.push(node instanceof Uint8Array ? await this.#file(childName, node) : await this.directory(childName, node));
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const facts = entries.map(({ directory, size }) => ({
      files: directory?.totalFiles ?? 1,
      directories: directory === undefined ? 0 : directory.totalDirectories + 1,
      bytes: directory?.totalBytes ?? size,
    }));
    const page = this.#tree.directory(entries);
    await this.#tree.relieve();
    const sum = (of: (fact: (typeof facts)[number]) => number): number => facts.reduce((total, fact) => total + of(fact), 0);
    const directory = {
      page,
      entryCount: entries.length,
      totalFiles: sum(({ files }) => files),
      totalDirectories: sum(({ directories }) => directories),
      totalBytes: sum(({ bytes }) => bytes),
    };
    return fileEntry(name, { kind: ENTRY_KIND.directory, size: 0, content: NOTHING, directory });
  }

  async #file(name: ByteString, content: Uint8Array): Promise<Entry> {
    const ids: Uint8Array[] = [];
    const lengths: number[] = [];
    for (let at = 0; at < content.length; at += this.#chunkBytes) {
      const plain = content.subarray(at, at + this.#chunkBytes);
      const id = this.#repository.hasher.id(CHUNK_TYPE.data, plain);
      this.#data.add(id, CHUNK_TYPE.data, plain);
      if (this.#data.full) await this.#send();
      ids.push(id);
      lengths.push(plain.length);
    }
    const refs: ChunkRefs = ids.length === 0 ? NOTHING : { ids: concatBytes(ids), lengths: Uint32Array.from(lengths) };
    return fileEntry(name, { size: content.length, content: refs });
  }

  async finish(): Promise<void> {
    await this.#send();
    await this.#tree.flush();
    await this.#uploads.drain();
  }

  async #send(): Promise<void> {
    const pack = this.#data.finish();
    if (pack !== undefined) await this.#uploads.send(pack);
  }
}

const NOTHING: ChunkRefs = { ids: new Uint8Array(0), lengths: new Uint32Array(0) };

/** A manifest with one source. */
export function manifestOf(
  root: Entry,
  facts: { readonly tags: readonly string[]; readonly host: string; readonly startedNs: bigint },
): Manifest {
  const counts = {
    files: 0,
    directories: 0,
    bytes: 0,
    addedBytes: 0,
    storedBytes: 0,
    filesNew: 0,
    filesChanged: 0,
    filesUnmodified: 0,
    issueCount: 0,
  };
  const source = { path: ROOT_PATH, key: "local:host:/tree", root };
  return {
    ...counts,
    ...facts,
    finishedNs: facts.startedNs + 1n,
    user: "user",
    parent: "",
    program: "thin",
    sources: [source],
    issues: [],
  };
}

/** What a tree holds: `name/` of directories, content of files, by path. */
export function flatTree(tree: Tree, below = ""): Map<string, Uint8Array> {
  const flat = new Map<string, Uint8Array>();
  for (const [name, node] of tree) {
    if (node instanceof Uint8Array) flat.set(below + name, node);
    else {
      flat.set(`${below}${name}/`, new Uint8Array(0));
      for (const [path, content] of flatTree(node, `${below}${name}/`)) flat.set(path, content);
    }
  }
  return flat;
}

/** Reads the first source of a snapshot back, every chunk verified. Paths are those of `flatTree`. */
export async function readBack(repository: OpenRepository, snapshot: Snapshot): Promise<Map<string, Uint8Array>> {
  const flat = new Map<string, Uint8Array>();
  const root = snapshot.manifest.sources[0]?.root;
  if (root === undefined) return flat;
  for await (const { directory, entry } of walkTree(repository, { at: "" as ByteString, entry: root })) {
    const path = Buffer.from(joinPath(directory, entry.name), "latin1").toString();
    if (entry.directory !== undefined) flat.set(`${path}/`, new Uint8Array(0));
    else flat.set(path, await contentOf(repository, entry));
  }
  return flat;
}

async function contentOf(repository: OpenRepository, { content }: Entry): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [at, length] of content.lengths.entries())
    parts.push(await repository.chunk(CHUNK_TYPE.data, { id: content.ids.subarray(at * 32, at * 32 + 32), length }));
  return concatBytes(parts);
}

/** True when both hold the same paths with the same bytes. */
export function sameFlat(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, content] of a) {
    const other = b.get(path);
    if (other === undefined || Buffer.compare(content, other) !== 0) return false;
  }
  return true;
}
