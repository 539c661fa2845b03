import { ENTRY_KIND } from "../../format/entry.ts";
import { type ByteString, joinPath } from "../../shared/bytes.ts";
import { isAppError } from "../../shared/errors.ts";
import { withRoom } from "../../shared/growing-arrays.ts";
import type { LocalSource } from "./local-source.ts";
import { type LocalNode, STAT_USED_BYTES } from "./stat-block.ts";
import { GROUP_DIRECTORIES_MAX, GROUP_ENTRIES_MAX, type WalkGroup } from "./walk-protocol.ts";

interface Upcoming {
  readonly path: ByteString;
  /** Undefined for the root. */
  readonly nodeId: bigint | undefined;
}

/** Lists a whole tree, depth first, the entries of a directory in the order of their names: what a walk will ask for, in its order. */
export class TreeLister {
  readonly #source: Pick<LocalSource, "list">;
  readonly #stack: Upcoming[] = [{ path: "" as ByteString, nodeId: undefined }];

  constructor(source: Pick<LocalSource, "list">) {
    this.#source = source;
  }

  /** The listings that come next. */
  next(): WalkGroup {
    const paths: ByteString[] = [];
    const counts: number[] = [];
    const names: string[] = [];
    let records: Uint8Array<ArrayBuffer> = new Uint8Array(GROUP_ENTRIES_MAX * STAT_USED_BYTES);
    while (paths.length < GROUP_DIRECTORIES_MAX && names.length < GROUP_ENTRIES_MAX) {
      const directory = this.#stack.pop();
      if (directory === undefined) break;
      const nodes = this.#list(directory);
      paths.push(directory.path);
      counts.push(nodes?.length ?? -1);
      if (nodes === undefined) continue;
      records = withRoom(records, (names.length + nodes.length) * STAT_USED_BYTES);
      for (const node of nodes) {
        node.copyRecord(records, names.length * STAT_USED_BYTES);
        names.push(node.name);
      }
      for (const { kind, name, nodeId } of nodes.toReversed())
        if (kind === ENTRY_KIND.directory) this.#stack.push({ path: joinPath(directory.path, name), nodeId });
    }
    return { paths, counts: Int32Array.from(counts), names: names.map((name) => `${name}\0`).join(""), records };
  }

  /** Undefined when anything about the listing failed. */
  #list({ path, nodeId }: Upcoming): readonly LocalNode[] | undefined {
    try {
      const nodes: LocalNode[] = [];
      for (const batch of this.#source.list(path, nodeId === undefined ? {} : { nodeId })) for (const node of batch) nodes.push(node);
      return nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (!isAppError(error)) throw error;
      return undefined;
    }
  }
}
