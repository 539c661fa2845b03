import { CHUNK_ID_BYTES, type ChunkRef, type DirectoryFacts, type Entry } from "../format/entry.ts";
import { packKey } from "../format/object-keys.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath, toHex } from "../shared/bytes.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import type { ProgressCounters } from "../telemetry/events.ts";
import type { CheckedIndex } from "./check-index.ts";
import type { Findings } from "./findings.ts";

/** Chunks without a place that are named one by one; a lost index segment may cost millions of them. */
const UNINDEXED_NAMED_MAX = 1000;

const FURTHER_CHUNKS = "further chunks";

/** What walking all trees counted. */
export interface TreeCounts {
  trees: number;
  files: number;
  /** Numbers of packs that some snapshot needs. */
  readonly used: Set<number>;
}

export interface CheckTreesOptions {
  readonly repository: OpenRepository;
  readonly index: CheckedIndex;
  readonly findings: Findings;
  /** Set for a second walk, which only finds out what these unreadable chunks cost; named as by `badChunk`. */
  readonly badChunks?: ReadonlySet<string>;
  readonly progress: ProgressCounters;
  readonly signal: AbortSignal;
}

/** Walks every tree of every snapshot, each shared directory once, and holds every reference against the index. */
export async function checkTrees(snapshots: readonly Snapshot[], options: CheckTreesOptions): Promise<TreeCounts> {
  const walk = new TreeCheck(options);
  for (const snapshot of snapshots.toReversed()) await walk.snapshot(snapshot);
  return walk.counts;
}

/** A chunk (hex) as it lies in one pack, by that pack's number: it may lie in another, unharmed. */
export function badChunk(pack: number, id: string): string {
  return `${pack}/${id}`;
}

class TreeCheck {
  readonly #options: CheckTreesOptions;
  readonly #visited = new Set<string>();
  #unindexed = 0;
  readonly counts: TreeCounts = { trees: 0, files: 0, used: new Set() };

  constructor(options: CheckTreesOptions) {
    this.#options = options;
  }

  async snapshot({ id, manifest }: Snapshot): Promise<void> {
    for (const { root, path } of manifest.sources) {
      const prefix = `${id.slice(0, 8)}:${displayBytes(path)}`;
      this.#entry(root, prefix);
      if (root.directory !== undefined) await this.#tree(root.directory, prefix);
    }
  }

  async #tree(root: DirectoryFacts, prefix: string): Promise<void> {
    const stack = [{ facts: root, path: "" as ByteString }];
    for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
      this.#options.signal.throwIfAborted();
      const page = toHex(open.facts.page.id);
      if (this.#visited.has(page)) continue;
      this.#visited.add(page);
      this.counts.trees += 1;
      const at = open.path === "" ? prefix : `${prefix}/${displayBytes(open.path)}`;
      if (this.#options.badChunks === undefined) {
        this.#options.progress.directories += 1;
        this.#reference(open.facts.page, `${at}/`);
      }
      for (const { entry, path } of await this.#children(open, at)) {
        this.#entry(entry, `${prefix}/${displayBytes(path)}`);
        if (entry.directory !== undefined) stack.push({ facts: entry.directory, path });
      }
    }
  }

  /** The entries of a directory as far as its pages can be read. */
  async #children(open: { facts: DirectoryFacts; path: ByteString }, at: string): Promise<readonly { entry: Entry; path: ByteString }[]> {
    const children: { entry: Entry; path: ByteString }[] = [];
    const onDamage = (error: AppError): void => this.#unreadable(error, open.facts.page, `${at}/`);
    try {
      for await (const batch of this.#options.repository.entries(open.facts, onDamage)) {
        for (const entry of batch) children.push({ entry, path: joinPath(open.path, entry.name) });
      }
    } catch (error) {
      if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      onDamage(error);
    }
    return children;
  }

  #unreadable(error: AppError, page: ChunkRef, path: string): void {
    const { findings, badChunks } = this.#options;
    if (badChunks !== undefined) return;
    const { pack } = error.data;
    const object = typeof pack === "string" ? packKey(pack) : (this.#packOf(page.id, 0) ?? chunkName(page.id, 0));
    findings.add(object, "unreadable", `${error.what}: ${error.why}`);
    findings.affect(object, path);
  }

  #entry(entry: Entry, path: string): void {
    const { progress, badChunks } = this.#options;
    if (entry.directory === undefined) {
      this.counts.files += 1;
      if (badChunks === undefined) progress.filesDone += 1;
    }
    const { ids, lengths } = entry.content;
    for (let at = 0; at < lengths.length; at += 1) this.#chunk(ids, at * CHUNK_ID_BYTES, path);
    for (const { value } of entry.attributes) if (!(value instanceof Uint8Array)) this.#reference(value, path);
  }

  #reference(ref: ChunkRef, path: string): void {
    this.#chunk(ref.id, 0, path);
  }

  #chunk(ids: Uint8Array, at: number, path: string): void {
    const { index, findings, badChunks } = this.#options;
    const place = index.index.find(ids, at);
    if (place === undefined) {
      if (badChunks === undefined) this.#notIndexed(chunkName(ids, at), path);
      return;
    }
    this.counts.used.add(place.pack);
    if (findings.count === 0) return;
    const object = must(this.#packOf(ids, at), "an indexed chunk has a pack");
    const lost = badChunks?.has(badChunk(place.pack, toHex(ids.subarray(at, at + CHUNK_ID_BYTES)))) ?? findings.isLost(object);
    if (lost) findings.affect(object, path);
  }

  #notIndexed(chunk: string, path: string): void {
    const { findings } = this.#options;
    if (!findings.has(chunk)) this.#unindexed += 1;
    const object = findings.has(chunk) || this.#unindexed <= UNINDEXED_NAMED_MAX ? chunk : FURTHER_CHUNKS;
    findings.add(object, "unindexed-chunk", "a snapshot needs it, and no readable index segment names it");
    findings.affect(object, path);
  }

  #packOf(ids: Uint8Array, at: number): string | undefined {
    const { index } = this.#options;
    const place = index.index.find(ids, at);
    const pack = place && index.packs.get(place.pack);
    return pack && packKey(toHex(pack.id));
  }
}

function chunkName(ids: Uint8Array, at: number): string {
  return `chunk ${toHex(ids.subarray(at, at + CHUNK_ID_BYTES))}`;
}
