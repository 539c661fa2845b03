import { StorageError } from "../../protocol/errors.ts";
import type { Found, Page, PageRequest } from "../backend.ts";
import { nameKey } from "../disk/name-key.ts";
import type { NodeRecord } from "../node-record.ts";
import type { FileHistory, FileState } from "./file-history.ts";
import { fileIdOf, placeOf, SLOTS_MAX } from "./node-id.ts";
import { parseName } from "./node-name.ts";
import type { NodeRecords } from "./node-records.ts";
import type { TreeShape } from "./tree-shape.ts";

/** Finds nodes of one generation. A directory's order is files by slot, then subdirectories: that of their names. */
export class SyntheticTree {
  readonly #shape: TreeShape;
  readonly #history: FileHistory;
  readonly #records: NodeRecords;

  constructor(parts: { shape: TreeShape; history: FileHistory; records: NodeRecords }) {
    this.#shape = parts.shape;
    this.#history = parts.history;
    this.#records = parts.records;
  }

  find(path: readonly string[], generation: number): Found {
    let dir = 0;
    for (const name of path.slice(0, -1)) {
      const child = this.#childNamed(dir, name, generation);
      if (child?.kind !== "directory") return { node: undefined, parent: undefined };
      dir = placeOf(child.fileId).dir;
    }
    const parent = this.#records.directory(dir, generation);
    const last = path.at(-1);
    if (last === undefined) return { node: parent, parent: undefined };
    return { node: this.#childNamed(dir, last, generation), parent };
  }

  get(fileId: bigint, generation: number): NodeRecord | undefined {
    const { dir, slot } = placeOf(fileId);
    if (!this.#shape.has(dir)) return undefined;
    if (slot === undefined) return this.#records.directory(dir, generation);
    const state = this.stateOf(fileId, generation);
    return state === undefined ? undefined : this.#records.file(state);
  }

  /** The file of exactly this id. */
  stateOf(fileId: bigint, generation: number): FileState | undefined {
    const { dir, slot } = placeOf(fileId);
    if (slot === undefined || !this.#shape.has(dir)) return undefined;
    const state = this.#history.stateOf({ dir, slot }, generation);
    return state !== undefined && fileIdOf(state.place, state.incarnation) === fileId ? state : undefined;
  }

  pathOf(fileId: bigint, generation: number): readonly string[] | undefined {
    const node = this.get(fileId, generation);
    if (node === undefined) return undefined;
    const { dir, slot } = placeOf(fileId);
    const names = this.#shape.trail(dir).map((one) => this.#records.directory(one, generation).name);
    return slot === undefined ? names : [...names, node.name];
  }

  list(directoryId: bigint, page: PageRequest, generation: number): Page {
    const { dir, slot } = placeOf(directoryId);
    if (slot !== undefined || !this.#shape.has(dir)) throw new StorageError("ResourceNotFound");
    const prefix = nameKey(page.prefix, "SMB");
    const nodes: NodeRecord[] = [];
    for (const position of this.#positions(dir, cursorOf(page.after), generation)) {
      const node = this.#nodeAt(dir, position, generation);
      if (node === undefined || !nameKey(node.name, "SMB").startsWith(prefix)) continue;
      if (nodes.length === page.countMax) return { nodes, next: String(position) };
      nodes.push(node);
    }
    return { nodes, next: undefined };
  }

  /** Where something may lie in a directory, from a cursor on. A position stands for the same slot or subdirectory in every generation. */
  *#positions(dir: number, from: number, generation: number): Generator<number, void> {
    const slots = this.#history.slotCount(dir, generation);
    for (let slot = from; slot < slots; slot += 1) yield slot;
    const children = this.#shape.childCount(dir);
    for (let ordinal = Math.max(0, from - SLOTS_MAX); ordinal < children; ordinal += 1) yield SLOTS_MAX + ordinal;
  }

  #nodeAt(dir: number, position: number, generation: number): NodeRecord | undefined {
    return position < SLOTS_MAX ? this.#fileAt(dir, position, generation) : this.#directoryAt(dir, position - SLOTS_MAX, generation);
  }

  #fileAt(dir: number, slot: number, generation: number): NodeRecord | undefined {
    const state = this.#history.stateOf({ dir, slot }, generation);
    return state === undefined ? undefined : this.#records.file(state);
  }

  #directoryAt(dir: number, ordinal: number, generation: number): NodeRecord | undefined {
    return ordinal < this.#shape.childCount(dir) ? this.#records.directory(this.#shape.firstChild(dir) + ordinal, generation) : undefined;
  }

  #childNamed(dir: number, name: string, generation: number): NodeRecord | undefined {
    const parsed = parseName(name);
    if (parsed === undefined) return undefined;
    const node = parsed.kind === "file" ? this.#fileAt(dir, parsed.number, generation) : this.#directoryAt(dir, parsed.number, generation);
    return node !== undefined && nameKey(node.name, "SMB") === nameKey(name, "SMB") ? node : undefined;
  }
}

function cursorOf(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,10}$/.test(after)) throw new StorageError("InvalidQueryParameterValue", { details: { QueryParameterName: "marker" } });
  return Number(after);
}
