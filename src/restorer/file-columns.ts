import { type AzureFacts, ENTRY_KIND, type Extent, NO_CHUNKS } from "../format/entry.ts";
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
  /** With the target's own key of the security descriptor. */
  readonly azure?: AzureFacts;
}

const NOTHING_RARE: RareFacts = Object.freeze({});

/** Facts of files that are one number each: the columns that planner and threads share. */
export interface FactColumns {
  readonly actions: Uint8Array;
  readonly modes: Uint32Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  /** Owner and group names as positions in a list of names. */
  readonly users: Uint32Array;
  readonly groups: Uint32Array;
  readonly sizes: Float64Array;
  readonly modifiedNs: BigInt64Array;
  readonly accessedNs: BigInt64Array;
  /** Position in the shared counters, plus one, of a file that several tasks write; 0 for a file of one task. */
  readonly shared: Uint32Array;
}

/**
 * Files as columns: what a thread needs to write them, in arrays that cost next to nothing to post. Objects of 20 fields would
 * cost more than writing the files (measured: a structured clone of the plan took a third of a restore).
 */
export interface FileColumns extends FactColumns {
  readonly directories: readonly ByteString[];
  readonly directoryOf: Uint32Array;
  /** All names, with a NUL between them: no name contains one. */
  readonly names: string;
  readonly ownerNames: readonly string[];
  readonly rare: ReadonlyMap<number, RareFacts>;
  /** Rows of content that belong to the file, in this task. */
  readonly rowCounts: Uint32Array;
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

  #ownerName(number: number | undefined): string {
    return this.columns.ownerNames[number ?? 0] ?? "";
  }

  /** The entry to finish the file with; facts that only directories and links have are empty. */
  entry(at: number): TargetEntry {
    const { columns } = this;
    const modifiedNs = columns.modifiedNs[at] ?? 0n;
    const rare = columns.rare.get(at) ?? NOTHING_RARE;
    return {
      name: this.name(at),
      kind: ENTRY_KIND.file,
      nodeId: 0n,
      mode: columns.modes[at] ?? 0,
      uid: columns.uids[at] ?? 0,
      gid: columns.gids[at] ?? 0,
      user: this.#ownerName(columns.users[at]),
      group: this.#ownerName(columns.groups[at]),
      size: this.size(at),
      modifiedNs,
      changedNs: modifiedNs,
      accessedNs: columns.accessedNs[at] ?? 0n,
      bornNs: 0n,
      links: 1,
      device: 0n,
      attributes: rare.attributes ?? [],
      linkTarget: "" as ByteString,
      content: NO_CHUNKS,
      extents: rare.extents,
      xorHash: 0n,
      directory: undefined,
      ...(rare.azure && { azure: rare.azure }),
    };
  }
}
