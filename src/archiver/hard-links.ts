import type { SourceNode } from "../source/source.ts";
import type { FileOutcome } from "./file-outcome.ts";

type Done = (outcome: FileOutcome) => void | Promise<void>;

/** Names of one file that ask for its content: the first reads, the others get the same outcome. */
export class HardLinks {
  readonly #files = new Map<bigint, { outcome: FileOutcome | undefined; waiting: Done[]; seen: number }>();

  /**
   * Returns the callback to read the file with, or undefined when another name of it is being read or was read already;
   * `done` is then called with that outcome.
   */
  join(node: SourceNode, done: Done): Done | undefined {
    const known = this.#files.get(node.nodeId);
    if (known === undefined) {
      const file = { outcome: undefined as FileOutcome | undefined, waiting: [done], seen: 1 };
      this.#files.set(node.nodeId, file);
      return async (outcome) => {
        file.outcome = outcome;
        for (const waiting of file.waiting.splice(0)) await waiting(outcome);
        if (file.seen >= node.links) this.#files.delete(node.nodeId);
      };
    }
    known.seen += 1;
    if (known.outcome === undefined) known.waiting.push(done);
    else void done(known.outcome);
    if (known.outcome !== undefined && known.seen >= node.links) this.#files.delete(node.nodeId);
    return undefined;
  }
}
