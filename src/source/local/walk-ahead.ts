import type { ByteString } from "../../shared/bytes.ts";
import { TaskThreads } from "../../shared/task-threads.ts";
import { LocalNode, type RootDevice, StatBlock } from "./stat-block.ts";
import { GROUPS_AHEAD_MAX, type WalkGroup, type WalkSpec, type WalkTask } from "./walk-protocol.ts";

/**
 * Listings of a whole tree that another thread makes ahead of a walk: the system calls of the walk, half of its time when nothing
 * has changed, move to a core that has nothing else to do. It lists in the order of the walk and can only guess at it: whatever
 * does not fit, the walk lists itself.
 */
export class WalkAhead {
  readonly #threads: TaskThreads<WalkTask, WalkGroup>;
  readonly #device: RootDevice;
  readonly #coming: Promise<WalkGroup>[] = [];
  #group: OpenGroup | undefined;
  #ended = false;

  constructor(path: ByteString, device: RootDevice) {
    const data: WalkSpec = { path };
    this.#threads = new TaskThreads({ module: new URL("./walk-thread.ts", import.meta.url), data, threads: 1 });
    this.#device = device;
    for (let at = 0; at < GROUPS_AHEAD_MAX; at += 1) this.#ask();
  }

  /** The entries of the directory that the walk lists next, by name; undefined when it has to list it itself. */
  async take(directory: ByteString): Promise<readonly LocalNode[] | undefined> {
    while (!this.#ended) {
      const listing = this.#group?.next();
      if (listing === undefined) await this.#nextGroup();
      else if (listing.path === directory) return listing.nodes;
      else this.#ended = true;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#threads.close();
  }

  #ask(): void {
    const coming = this.#threads.submit({ type: "next" });
    // Its failure is seen by whoever waits for it.
    coming.catch(() => undefined);
    this.#coming.push(coming);
  }

  async #nextGroup(): Promise<void> {
    // A thread that cannot work costs nothing but its help.
    const group = await this.#coming.shift()?.catch(() => undefined);
    if (group === undefined || group.paths.length === 0) {
      this.#ended = true;
      return;
    }
    this.#ask();
    this.#group = new OpenGroup(group, this.#device);
  }
}

/** One answer, taken apart directory by directory. */
class OpenGroup {
  readonly #group: WalkGroup;
  readonly #names: readonly string[];
  readonly #block: StatBlock;
  readonly #device: RootDevice;
  #directory = 0;
  #entry = 0;

  constructor(group: WalkGroup, device: RootDevice) {
    this.#group = group;
    this.#names = group.names.split("\0");
    this.#block = new StatBlock(group.records);
    this.#device = device;
  }

  next(): { readonly path: ByteString; readonly nodes: readonly LocalNode[] | undefined } | undefined {
    const path = this.#group.paths[this.#directory];
    if (path === undefined) return undefined;
    const count = this.#group.counts[this.#directory] ?? -1;
    this.#directory += 1;
    if (count < 0) return { path, nodes: undefined };
    const nodes: LocalNode[] = [];
    for (let at = 0; at < count; at += 1) {
      nodes.push(new LocalNode(this.#names[this.#entry] as ByteString, this.#block, { record: this.#entry, device: this.#device }));
      this.#entry += 1;
    }
    return { path, nodes };
  }
}
