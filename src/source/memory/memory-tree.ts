import { ENTRY_KIND, type EntryKind, type Extent } from "../../format/entry.ts";
import { must } from "../../shared/assert.ts";
import type { ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import type { NodeDetails, SourceNode } from "../source.ts";

/** What a test says about an item; the rest has defaults. */
export interface MemoryItem extends Partial<Omit<SourceNode, "name" | "nodeId" | "size" | "links">>, Partial<NodeDetails> {
  /** Content of a file; holes included as zeros. */
  readonly content?: Uint8Array;
  /** Data extents of a sparse file. */
  readonly extents?: readonly Extent[];
}

/** One node. Two names of a hard link share it. */
export interface MemoryNode {
  readonly nodeId: bigint;
  item: MemoryItem;
  links: number;
  modifiedNs: bigint;
  changedNs: bigint;
  /** Set exactly for directories. */
  readonly children: Map<ByteString, MemoryNode> | undefined;
}

const FIRST_TIME_NS = 1_700_000_000_000_000_000n;
const TICK_NS = 1000n;
const NO_CONTENT = new Uint8Array(0);

/**
 * A file tree in memory that a test changes between and during runs. Every change takes its own tick of a counter that stands
 * for time, so a change is always visible in the times, as on a file system.
 */
export class MemoryTree {
  readonly root: MemoryNode;
  #lastId = 0n;
  #nowNs: bigint = FIRST_TIME_NS;

  constructor(root: MemoryItem = { kind: ENTRY_KIND.directory }) {
    this.root = this.#make(root);
  }

  /** Makes an item or replaces what is there; directories on the way are made. */
  put(path: ByteString, item: MemoryItem): MemoryNode {
    const node = this.#make(item);
    const { parent, name } = this.#place(path, true);
    this.#unlink(parent, name);
    parent.children?.set(name, node);
    this.#touch(parent);
    return node;
  }

  /** Changes facts or content of an item in place: same node, new change time; new modification time when the content is new. */
  update(path: ByteString, change: MemoryItem): void {
    const node = this.find(path);
    node.item = { ...node.item, ...change };
    node.changedNs = this.#tick();
    if (change.modifiedNs !== undefined) node.modifiedNs = change.modifiedNs;
    else if (change.content !== undefined) node.modifiedNs = node.changedNs;
  }

  rename(from: ByteString, to: ByteString): void {
    const node = this.find(from);
    const source = this.#place(from, false);
    const target = this.#place(to, true);
    source.parent.children?.delete(source.name);
    this.#unlink(target.parent, target.name);
    target.parent.children?.set(target.name, node);
    node.changedNs = this.#tick();
    this.#touch(source.parent);
    this.#touch(target.parent);
  }

  /** Gives a node a second name. */
  link(existing: ByteString, path: ByteString): void {
    const node = this.find(existing);
    const { parent, name } = this.#place(path, true);
    parent.children?.set(name, node);
    node.links += 1;
    node.changedNs = this.#tick();
    this.#touch(parent);
  }

  remove(path: ByteString): void {
    const { parent, name } = this.#place(path, false);
    this.#unlink(parent, name);
    this.#touch(parent);
  }

  /** The node at a path, not following links; E_SOURCE_CHANGED when there is none. */
  find(path: ByteString): MemoryNode {
    let node: MemoryNode | undefined = this.root;
    if (path !== "") {
      for (const name of path.split("/") as ByteString[]) node = node?.children?.get(name);
    }
    if (node !== undefined) return node;
    throw new AppError({
      code: "E_SOURCE_CHANGED",
      what: `cannot open ${path}`,
      why: "it was removed or renamed while the backup ran",
      data: { path },
    });
  }

  #place(path: ByteString, makeParents: boolean): { readonly parent: MemoryNode; readonly name: ByteString } {
    const names = path.split("/") as ByteString[];
    const name = must(names.pop(), "a path has a last part");
    let parent = this.root;
    for (const part of names) {
      const children = must(parent.children, "only directories have entries");
      const next = children.get(part) ?? (makeParents ? this.#make({ kind: ENTRY_KIND.directory }) : undefined);
      children.set(part, must(next, "the directory exists"));
      parent = must(next, "the directory exists");
    }
    return { parent, name };
  }

  #make(item: MemoryItem): MemoryNode {
    this.#lastId += 1n;
    const changedNs = item.changedNs ?? this.#tick();
    const children = item.kind === ENTRY_KIND.directory ? new Map<ByteString, MemoryNode>() : undefined;
    return { nodeId: this.#lastId, item, links: 1, modifiedNs: item.modifiedNs ?? changedNs, changedNs, children };
  }

  #unlink(parent: MemoryNode, name: ByteString): void {
    const node = parent.children?.get(name);
    if (node === undefined) return;
    parent.children?.delete(name);
    node.links -= 1;
    node.changedNs = this.#tick();
  }

  #touch(node: MemoryNode): void {
    node.changedNs = this.#tick();
    node.modifiedNs = node.changedNs;
  }

  #tick(): bigint {
    this.#nowNs += TICK_NS;
    return this.#nowNs;
  }
}

/** Content of a file node. */
export function contentOf(node: MemoryNode): Uint8Array {
  return node.item.content ?? NO_CONTENT;
}

/** A node as a listing shows it: a copy that later changes leave alone. */
export function toSourceNode(name: ByteString, node: MemoryNode): SourceNode {
  const kind: EntryKind = node.item.kind ?? ENTRY_KIND.file;
  const size = kind === ENTRY_KIND.symlink ? (node.item.linkTarget ?? "").length : contentOf(node).length;
  const data = (node.item.extents ?? [{ offset: 0, length: size }]).reduce((sum, { length }) => sum + length, 0);
  return {
    mode: kind === ENTRY_KIND.directory ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    bornNs: FIRST_TIME_NS,
    accessedNs: node.modifiedNs,
    changeToken: node.changedNs,
    allocatedBytes: data,
    device: 0n,
    fileSystem: 1n,
    ...node.item,
    name,
    kind,
    nodeId: node.nodeId,
    size,
    modifiedNs: node.modifiedNs,
    changedNs: node.changedNs,
    links: node.links,
  };
}
