import type { SourceNode } from "../source/source.ts";
import type { FileOutcome } from "./file-outcome.ts";

/** Files remembered until their last name was met. Beyond this, every name of a file reads for itself: what it stores is known then. */
const LINKED_FILES_MAX = 1_000_000;

/** A name of a file that wants its content. */
export interface LinkedName {
  readonly node: SourceNode;
  /** Called with the content, read by this name or by another. */
  readonly done: (outcome: FileOutcome) => void | Promise<void>;
  /** Called instead when the name that read first found something else: this one must read for itself. */
  readonly readAlone: () => void;
}

interface LinkedFile {
  outcome: FileOutcome | undefined;
  readonly waiting: LinkedName[];
  seen: number;
}

/** Names of one file that ask for its content: the first reads, the others get the same outcome. */
export class HardLinks {
  readonly #files = new Map<bigint, LinkedFile>();

  /**
   * Returns the callback to read the file with. Undefined when another name of it was read, and `done` has been called with that
   * outcome, or is being read, and one of the name's callbacks will be called.
   */
  async join(name: LinkedName): Promise<LinkedName["done"] | undefined> {
    const { nodeId, links } = name.node;
    const known = this.#files.get(nodeId);
    if (known === undefined && this.#files.size >= LINKED_FILES_MAX) return name.done;
    if (known === undefined) {
      const file: LinkedFile = { outcome: undefined, waiting: [], seen: 1 };
      this.#files.set(nodeId, file);
      return (outcome) => this.#settle(file, name, outcome);
    }
    known.seen += 1;
    if (known.outcome === undefined) {
      known.waiting.push(name);
      return undefined;
    }
    if (known.seen >= links) this.#files.delete(nodeId);
    await name.done(known.outcome);
    return undefined;
  }

  async #settle(file: LinkedFile, { node, done }: LinkedName, outcome: FileOutcome): Promise<void> {
    const waiting = file.waiting.splice(0);
    if (!isOf(node, outcome)) {
      this.#files.delete(node.nodeId);
      for (const name of waiting) name.readAlone();
      await done(outcome);
      return;
    }
    file.outcome = outcome;
    if (file.seen >= node.links) this.#files.delete(node.nodeId);
    await done(outcome);
    for (const name of waiting) await name.done(outcome);
  }
}

/** False when the name had vanished, could not be read, or led to another file by the time it was opened. */
function isOf(node: SourceNode, { extras: { error, fresh } }: FileOutcome): boolean {
  return (error === undefined || error.keep) && (fresh === undefined || fresh.nodeId === node.nodeId);
}
