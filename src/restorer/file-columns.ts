import { ENTRY_KIND, type Entry, type Extent, NO_CHUNKS } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { TargetEntry } from "../source/target.ts";

/** What happens with a file: made new, put in the place of another, or mended where it differs. */
export const FILE_ACTION = { create: 0, replace: 1, mend: 2 } as const;

export type FileAction = (typeof FILE_ACTION)[keyof typeof FILE_ACTION];

/** What most files do not have. */
export interface RareFacts {
  readonly attributes?: TargetEntry["attributes"];
  readonly extents?: readonly Extent[];
}

/**
 * Files as columns: what a thread needs to write them, in arrays that cost next to nothing to post. Objects of 20 fields would
 * cost more than writing the files (measured: a structured clone of the plan took a third of a restore).
 */
export interface FileColumns {
  readonly directories: readonly ByteString[];
  readonly directoryOf: Uint32Array;
  /** All names, each followed by a NUL: no name contains one. */
  readonly names: string;
  readonly actions: Uint8Array;
  readonly modes: Uint32Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  /** Owner and group names as positions in `ownerNames`. */
  readonly users: Uint32Array;
  readonly groups: Uint32Array;
  readonly ownerNames: readonly string[];
  readonly sizes: Float64Array;
  readonly modifiedNs: BigInt64Array;
  readonly accessedNs: BigInt64Array;
  readonly rare: ReadonlyMap<number, RareFacts>;
  /** Rows of content that belong to the file, in this task. */
  readonly rowCounts: Uint32Array;
  /** Position in the shared counters, plus one, of a file that several tasks write; 0 for a file of one task. */
  readonly shared: Uint32Array;
}

/** A file to be restored, as the planner knows it. */
export interface PlannedFile {
  readonly directory: ByteString;
  readonly entry: Entry;
  readonly action: FileAction;
  /** Large attributes already fetched. */
  readonly attributes: TargetEntry["attributes"];
  /** See `FileColumns.shared`. */
  shared: number;
}

/** Lays files out in columns. */
export function columnsOf(files: readonly { readonly file: PlannedFile; readonly rows: number }[]): FileColumns {
  const count = files.length;
  const directories: ByteString[] = [];
  const ownerNames = new Map<string, number>();
  const nameOf = (name: string): number => {
    const known = ownerNames.get(name);
    if (known !== undefined) return known;
    ownerNames.set(name, ownerNames.size);
    return ownerNames.size - 1;
  };
  const rare = new Map<number, RareFacts>();
  const names: string[] = [];
  const columns = {
    directoryOf: new Uint32Array(count),
    actions: new Uint8Array(count),
    modes: new Uint32Array(count),
    uids: new Uint32Array(count),
    gids: new Uint32Array(count),
    users: new Uint32Array(count),
    groups: new Uint32Array(count),
    sizes: new Float64Array(count),
    modifiedNs: new BigInt64Array(count),
    accessedNs: new BigInt64Array(count),
    rowCounts: new Uint32Array(count),
    shared: new Uint32Array(count),
  };
  for (const [at, { file, rows }] of files.entries()) {
    const { entry, directory, attributes } = file;
    if (directories.at(-1) !== directory) directories.push(directory);
    names.push(entry.name);
    columns.directoryOf[at] = directories.length - 1;
    columns.actions[at] = file.action;
    columns.modes[at] = entry.mode;
    columns.uids[at] = entry.uid;
    columns.gids[at] = entry.gid;
    columns.users[at] = nameOf(entry.user);
    columns.groups[at] = nameOf(entry.group);
    columns.sizes[at] = entry.size;
    columns.modifiedNs[at] = entry.modifiedNs;
    columns.accessedNs[at] = entry.accessedNs;
    columns.rowCounts[at] = rows;
    columns.shared[at] = file.shared;
    if (attributes.length > 0 || entry.extents !== undefined) rare.set(at, { attributes, ...(entry.extents && { extents: entry.extents }) });
  }
  return { ...columns, directories, names: names.join("\0"), ownerNames: [...ownerNames.keys()], rare };
}

/** Reads columns file by file. */
export class FileTable {
  readonly columns: FileColumns;
  readonly #names: readonly string[];

  constructor(columns: FileColumns) {
    this.columns = columns;
    this.#names = columns.names.split("\0");
  }

  get count(): number {
    return this.columns.sizes.length;
  }

  directory(at: number): ByteString {
    return must(this.columns.directories[must(this.columns.directoryOf[at], "file is in the table")], "directory is in the table");
  }

  name(at: number): ByteString {
    return must(this.#names[at], "file is in the table") as ByteString;
  }

  action(at: number): number {
    return this.columns.actions[at] ?? FILE_ACTION.create;
  }

  size(at: number): number {
    return this.columns.sizes[at] ?? 0;
  }

  extents(at: number): readonly Extent[] | undefined {
    return this.columns.rare.get(at)?.extents;
  }

  /** The entry to finish the file with; facts that only directories and links have are empty. */
  entry(at: number): TargetEntry {
    const { columns } = this;
    const modifiedNs = columns.modifiedNs[at] ?? 0n;
    return {
      name: this.name(at),
      kind: ENTRY_KIND.file,
      nodeId: 0n,
      mode: columns.modes[at] ?? 0,
      uid: columns.uids[at] ?? 0,
      gid: columns.gids[at] ?? 0,
      user: columns.ownerNames[columns.users[at] ?? 0] ?? "",
      group: columns.ownerNames[columns.groups[at] ?? 0] ?? "",
      size: this.size(at),
      modifiedNs,
      changedNs: modifiedNs,
      accessedNs: columns.accessedNs[at] ?? 0n,
      bornNs: 0n,
      links: 1,
      device: 0n,
      attributes: columns.rare.get(at)?.attributes ?? [],
      linkTarget: "" as ByteString,
      content: NO_CHUNKS,
      extents: this.extents(at),
      xorHash: 0n,
      directory: undefined,
    };
  }
}
