import { ENTRY_KIND, type EntryKind, type Extent } from "../../format/entry.ts";
import { byteStringOf, displayBytes, joinPath, type ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import type { ContentReader, NodeDetails, OpenContent, Source, SourceDescription, SourceNode } from "../source.ts";
import { contentOf, MemoryTree, toSourceNode, type MemoryNode } from "./memory-tree.ts";

const BATCH_NODES_MAX = 1000;

/** Sources that readers of this thread can be opened on, by name. */
const sources = new Map<string, MemorySource>();

/** What a test may make happen at one path. Thrown as it is when the path is listed, looked at, opened or read. */
export interface Faults {
  readonly list?: AppError;
  /** The facts of this entry cannot be had when its directory is listed. */
  readonly look?: AppError;
  readonly open?: AppError;
  readonly read?: AppError;
}

/** A source that lives in memory, for tests of everything above this room. Registered by name until it is closed. */
export class MemorySource implements Source {
  readonly description: SourceDescription;
  readonly tree: MemoryTree;
  /** Called with the path before each listing, open and read: a test changes the tree under a running backup here. */
  onAccess: (action: "list" | "open" | "read", path: ByteString) => void = () => undefined;
  readonly #name: string;
  readonly #faults = new Map<ByteString, Faults>();

  constructor(name: string, tree: MemoryTree = new MemoryTree()) {
    this.#name = name;
    this.tree = tree;
    this.description = { kind: "memory", path: byteStringOf(`/${name}`) };
    sources.set(name, this);
  }

  /** Makes things go wrong at a path; an empty object makes them go right again. */
  setFaults(path: ByteString, faults: Faults): void {
    this.#faults.set(path, faults);
  }

  root(): SourceNode {
    return toSourceNode(byteStringOf(this.#name), this.tree.root);
  }

  *list(directory: ByteString, options: ListOptions = {}): Generator<readonly SourceNode[]> {
    this.onAccess("list", directory);
    this.failAt(directory, "list");
    const node = this.tree.find(directory);
    if (node.children === undefined || (options.nodeId !== undefined && node.nodeId !== options.nodeId))
      throw changed(this.shown(directory));
    const nodes = this.#look(directory, node.children, options.onError);
    options.signal?.throwIfAborted();
    for (let at = 0; at < nodes.length; at += BATCH_NODES_MAX) {
      yield nodes.slice(at, at + BATCH_NODES_MAX);
      options.signal?.throwIfAborted();
    }
  }

  details(directory: ByteString, name: ByteString, _kind: EntryKind): NodeDetails {
    return detailsOf(this.tree.find(name === "" ? directory : joinPath(directory, name)));
  }

  #look(directory: ByteString, children: ReadonlyMap<ByteString, MemoryNode>, onError: ListOptions["onError"]): readonly SourceNode[] {
    const nodes: SourceNode[] = [];
    for (const [name, child] of children) {
      const fault = this.#faults.get(joinPath(directory, name))?.look;
      if (fault === undefined) nodes.push(toSourceNode(name, child));
      else if (onError === undefined) throw fault;
      else onError(name, fault);
    }
    return nodes;
  }

  /** Every number up to 999 has a name. */
  ownerNames(uid: number, gid: number): { readonly user: string; readonly group: string } {
    return { user: uid < 1000 ? `user${uid}` : "", group: gid < 1000 ? `group${gid}` : "" };
  }

  close(): void {
    if (sources.get(this.#name) === this) sources.delete(this.#name);
  }

  /** For the reader: throws the fault that the test put at a path. */
  failAt(path: ByteString, action: keyof Faults): void {
    const fault = this.#faults.get(path)?.[action];
    if (fault !== undefined) throw fault;
  }

  /** A path for messages. */
  shown(path: ByteString): string {
    return path === "" ? `/${this.#name}` : `/${this.#name}/${displayBytes(path)}`;
  }
}

/** As the local source's; see there. */
interface ListOptions {
  readonly signal?: AbortSignal;
  readonly onError?: (name: ByteString, error: AppError) => void;
  readonly nodeId?: bigint;
}

/** A reader of the memory source with this name; E_SOURCE_MISSING when this thread has none. */
export function memoryReader(name: string): ContentReader {
  const source = sources.get(name);
  if (source === undefined)
    throw new AppError({
      code: "E_SOURCE_MISSING",
      what: `cannot open memory source ${name}`,
      why: "no such source was made in this thread",
    });
  return {
    concurrency: 1,
    open: (directory, entry) => openContent(source, { path: entry === "" ? directory : joinPath(directory, entry), name: entry }),
    close: () => undefined,
  };
}

function openContent(source: MemorySource, at: { path: ByteString; name: ByteString }): OpenContent {
  source.onAccess("open", at.path);
  source.failAt(at.path, "open");
  const node = source.tree.find(at.path);
  if ((node.item.kind ?? ENTRY_KIND.file) !== ENTRY_KIND.file) throw changed(source.shown(at.path));
  return {
    stat: () => toSourceNode(at.name, node),
    details: () => detailsOf(node),
    extents: (): readonly Extent[] | undefined => node.item.extents,
    read: (into, position) => {
      source.onAccess("read", at.path);
      source.failAt(at.path, "read");
      const part = contentOf(node).subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    close: () => undefined,
  };
}

function detailsOf(node: MemoryNode): NodeDetails {
  return { attributes: node.item.attributes ?? [], linkTarget: node.item.linkTarget ?? ("" as ByteString) };
}

function changed(path: string): AppError {
  return new AppError({
    code: "E_SOURCE_CHANGED",
    what: `cannot open ${path}`,
    why: "something else took its place while the backup ran",
    data: { path },
  });
}
