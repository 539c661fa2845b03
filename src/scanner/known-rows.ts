import type { NodeRow, NodeStore } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";

/** Directories asked for in one call. */
const BATCH_DIRECTORIES_MAX = 256;

/** A directory to be scanned; rows of the last scan are filled in before it is. */
export interface WithRows {
  readonly id: bigint;
  rows: readonly NodeRow[] | undefined;
}

/** The rows of the last scan of a source. */
export class KnownRows {
  readonly #nodes: Pick<NodeStore, "children">;
  readonly #sourceId: number;

  constructor(nodes: Pick<NodeStore, "children">, sourceId: number) {
    this.#nodes = nodes;
    this.#sourceId = sourceId;
  }

  /** Makes sure that the top of the stack has its rows; fetches those below it along. */
  async prefetch(stack: readonly WithRows[]): Promise<void> {
    if (stack.at(-1)?.rows !== undefined) return;
    const wanted = stack.slice(-BATCH_DIRECTORIES_MAX).filter(({ rows }) => rows === undefined);
    const found = await this.#nodes.children(
      this.#sourceId,
      wanted.map(({ id }) => id),
    );
    for (const [at, directory] of wanted.entries()) directory.rows = found[at] ?? [];
  }

  /** Rows of everything below a directory that is gone; directories for which `leave` is true are somewhere else now, with all below them. */
  async *below(id: bigint, leave: (id: bigint) => boolean): AsyncGenerator<readonly NodeRow[]> {
    let level: readonly bigint[] = [id];
    while (level.length > 0) {
      const next: bigint[] = [];
      for (const rows of await this.#nodes.children(this.#sourceId, level)) {
        yield rows;
        for (const row of rows) if (row.kind === ENTRY_KIND.directory && !leave(row.id)) next.push(row.id);
      }
      level = next;
    }
  }
}
