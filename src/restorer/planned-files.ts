import { type AzureFacts, CHUNK_ID_BYTES, type Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { withRoom } from "../shared/growing-arrays.ts";
import type { TargetEntry } from "../source/target.ts";
import { FILE_ACTION, type FactColumns, type FileAction, type FileColumns, type RareFacts } from "./file-columns.ts";

/** A file to be restored and what happens with it. */
export interface FileToPlan {
  readonly directory: ByteString;
  readonly entry: Entry;
  readonly action: FileAction;
  /** Large attributes already fetched. */
  readonly attributes: TargetEntry["attributes"];
  /** For a target that is a share: with its own key of the security descriptor. */
  readonly azure?: AzureFacts | undefined;
}

/**
 * The files of a window with their chunks, in columns that grow: about 150 bytes a file, where entry objects take a kilobyte.
 * That is what lets one window span a hundred thousand files, so that files which share content meet in one plan.
 */
export class PlannedFiles {
  #count = 0;
  #directories: ByteString[] = [];
  #directoryOf = new Uint32Array(1024);
  #names: ByteString[] = [];
  #facts: { -readonly [K in keyof FactColumns]: FactColumns[K] } = {
    actions: new Uint8Array(1024),
    modes: new Uint32Array(1024),
    uids: new Uint32Array(1024),
    gids: new Uint32Array(1024),
    users: new Uint32Array(1024),
    groups: new Uint32Array(1024),
    sizes: new Float64Array(1024),
    modifiedNs: new BigInt64Array(1024),
    accessedNs: new BigInt64Array(1024),
    shared: new Uint32Array(1024),
  };
  readonly #ownerNames = new Map<string, number>();
  readonly #rare = new Map<number, RareFacts>();
  /** First chunk of each file, and of the file after the last. */
  #firstChunk = new Uint32Array(1025);
  #chunkCount = 0;
  #chunkIds = new Uint8Array(1024 * CHUNK_ID_BYTES);
  #chunkLengths = new Uint32Array(1024);

  get count(): number {
    return this.#count;
  }

  get chunkCount(): number {
    return this.#chunkCount;
  }

  /** 32 bytes a chunk, files in order. */
  get chunkIds(): Uint8Array {
    return this.#chunkIds;
  }

  get chunkLengths(): Uint32Array {
    return this.#chunkLengths;
  }

  get facts(): FactColumns {
    return this.#facts;
  }

  /** First chunk of a file; of the file after the last, the number of chunks. */
  firstChunk(file: number): number {
    return this.#firstChunk[file] ?? 0;
  }

  directory(file: number): ByteString {
    return must(this.#directories[this.#directoryOf[file] ?? 0], "file is planned");
  }

  name(file: number): ByteString {
    return must(this.#names[file], "file is planned");
  }

  path(file: number): ByteString {
    return joinPath(this.directory(file), this.name(file));
  }

  size(file: number): number {
    return this.#facts.sizes[file] ?? 0;
  }

  share(file: number, counter: number): void {
    this.#facts.shared[file] = counter;
  }

  /** What is there turned out to be nothing that can be mended. */
  replace(file: number): void {
    this.#facts.actions[file] = FILE_ACTION.replace;
  }

  add({ directory, entry, action, attributes, azure }: FileToPlan): void {
    const at = this.#count;
    this.#count += 1;
    this.#grow();
    if (this.#directories.at(-1) !== directory) this.#directories.push(directory);
    this.#directoryOf[at] = this.#directories.length - 1;
    this.#names.push(entry.name);
    const facts = this.#facts;
    facts.actions[at] = action;
    facts.modes[at] = entry.mode;
    facts.uids[at] = entry.uid;
    facts.gids[at] = entry.gid;
    facts.users[at] = this.#ownerName(entry.user);
    facts.groups[at] = this.#ownerName(entry.group);
    facts.sizes[at] = entry.size;
    facts.modifiedNs[at] = entry.modifiedNs;
    facts.accessedNs[at] = entry.accessedNs;
    facts.shared[at] = 0;
    if (attributes.length > 0 || entry.extents !== undefined || azure !== undefined)
      this.#rare.set(at, { attributes, ...(entry.extents && { extents: entry.extents }), ...(azure && { azure }) });
    this.#addChunks(entry);
  }

  /** The given files in columns of their own, with the number of rows each has in the task. */
  columns(files: ArrayLike<number>, rowCounts: Uint32Array): FileColumns {
    const directories: ByteString[] = [];
    const directoryOf = new Uint32Array(files.length);
    const names: string[] = [];
    const rare = new Map<number, RareFacts>();
    let last = -1;
    for (let at = 0; at < files.length; at += 1) {
      const file = files[at] ?? 0;
      const directory = this.#directoryOf[file] ?? 0;
      if (directory !== last) directories.push(must(this.#directories[directory], "file is planned"));
      last = directory;
      directoryOf[at] = directories.length - 1;
      names.push(this.name(file));
      const facts = this.#rare.get(file);
      if (facts !== undefined) rare.set(at, facts);
    }
    return {
      ...this.#gather(files),
      directories,
      directoryOf,
      names: names.join("\0"),
      ownerNames: [...this.#ownerNames.keys()],
      rare,
      rowCounts,
    };
  }

  #gather(files: ArrayLike<number>): FactColumns {
    const { actions, modes, uids, gids, users, groups, sizes, modifiedNs, accessedNs, shared } = this.#facts;
    const pick = <T extends Uint8Array | Uint32Array | Float64Array | BigInt64Array>(from: T, into: T): T => {
      for (let at = 0; at < files.length; at += 1) into[at] = from[files[at] ?? 0] as never;
      return into;
    };
    const count = files.length;
    return {
      actions: pick(actions, new Uint8Array(count)),
      modes: pick(modes, new Uint32Array(count)),
      uids: pick(uids, new Uint32Array(count)),
      gids: pick(gids, new Uint32Array(count)),
      users: pick(users, new Uint32Array(count)),
      groups: pick(groups, new Uint32Array(count)),
      sizes: pick(sizes, new Float64Array(count)),
      modifiedNs: pick(modifiedNs, new BigInt64Array(count)),
      accessedNs: pick(accessedNs, new BigInt64Array(count)),
      shared: pick(shared, new Uint32Array(count)),
    };
  }

  #addChunks({ content }: Entry): void {
    const count = content.lengths.length;
    const from = this.#chunkCount;
    this.#chunkCount += count;
    this.#chunkIds = withRoom(this.#chunkIds, this.#chunkCount * CHUNK_ID_BYTES);
    this.#chunkLengths = withRoom(this.#chunkLengths, this.#chunkCount);
    this.#chunkIds.set(content.ids, from * CHUNK_ID_BYTES);
    this.#chunkLengths.set(content.lengths, from);
    this.#firstChunk[this.#count] = this.#chunkCount;
  }

  #ownerName(name: string): number {
    const known = this.#ownerNames.get(name);
    if (known !== undefined) return known;
    this.#ownerNames.set(name, this.#ownerNames.size);
    return this.#ownerNames.size - 1;
  }

  #grow(): void {
    const count = this.#count;
    if (count <= this.#directoryOf.length) return;
    this.#directoryOf = withRoom(this.#directoryOf, count);
    this.#firstChunk = withRoom(this.#firstChunk, this.#directoryOf.length + 1);
    const facts = this.#facts;
    this.#facts = {
      actions: withRoom(facts.actions, count),
      modes: withRoom(facts.modes, count),
      uids: withRoom(facts.uids, count),
      gids: withRoom(facts.gids, count),
      users: withRoom(facts.users, count),
      groups: withRoom(facts.groups, count),
      sizes: withRoom(facts.sizes, count),
      modifiedNs: withRoom(facts.modifiedNs, count),
      accessedNs: withRoom(facts.accessedNs, count),
      shared: withRoom(facts.shared, count),
    };
  }
}
