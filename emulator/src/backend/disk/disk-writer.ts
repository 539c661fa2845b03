import { StorageError } from "../../protocol/errors.ts";
import type { Place, TreeWriter } from "../backend.ts";
import type { NodeDraft, NodePatch, NodeRecord } from "../node-record.ts";
import type { DiskState } from "./disk-state.ts";
import { ownerOf } from "./extents.ts";
import { nameKey } from "./name-key.ts";
import { fromFileId, type NodeRow } from "./node-rows.ts";
import { buryNode, insertNode, liveNode, nodeAt, nodeOf, saveNode, touched } from "./node-table.ts";
import { ALIVE } from "./schema.ts";
import type { Location } from "./segment-store.ts";
import type { ShareRow } from "./share-rows.ts";

/** What to do about whatever lies where something is to be. */
interface Existing {
  readonly existing: "fail" | "replace";
}

/** A place in terms of the tables. */
interface Slot {
  readonly share: ShareRow;
  readonly dir: NodeRow;
  readonly key: string;
  readonly name: string;
}

/** Changes of names and properties on the disk backend. */
export class DiskWriter implements TreeWriter {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async create(place: Place, draft: NodeDraft, options: Existing): Promise<NodeRecord> {
    const { segments } = this.#state;
    const { content } = draft;
    const location = content === undefined || content.length === 0 ? undefined : await segments.append(content);
    try {
      return await this.#state.change(() => this.#create(this.#slot(place), { draft, location, ...options }));
    } finally {
      if (location !== undefined) await segments.release([location.segment]);
    }
  }

  async link(place: Place, fileId: bigint): Promise<NodeRecord> {
    return this.#state.change(() => {
      const slot = this.#slot(place);
      const { share } = slot;
      const now = this.#state.clock();
      const row = liveNode(this.#state.db, share, fromFileId(fileId, share.root));
      this.#vacate(slot, "fail");
      const node = { ...touched(row.node, now, "properties"), linkCount: row.node.linkCount + 1 };
      saveNode(this.#state.db, share, { ...row, node });
      this.#name(slot, row.id);
      this.#touch(slot.share, slot.dir);
      return this.#at(slot);
    });
  }

  async update(share: string, fileId: bigint, { times, size, ...patch }: NodePatch): Promise<NodeRecord> {
    return this.#state.change(() => {
      const { db, clock, extents } = this.#state;
      const owner = this.#state.share(share);
      const row = liveNode(db, owner, fromFileId(fileId, owner.root));
      const resized = size !== undefined && size !== row.node.size;
      const before = touched(row.node, clock(), resized ? "data" : "properties");
      const node = { ...before, ...patch, size: size ?? before.size, times: { ...before.times, ...times } };
      if (node.size < row.node.size) {
        const range = { offset: node.size, length: row.node.size - node.size };
        extents.clear(ownerOf(row.id, owner), range);
      }
      saveNode(db, owner, { ...row, node });
      return liveNode(db, owner, row.id).node;
    });
  }

  async remove(place: Place): Promise<void> {
    await this.#state.change(() => {
      const slot = this.#slot(place);
      const row = this.#required(slot);
      if (row.node.kind === "directory" && this.#hasEntries(slot.share, row.id)) throw new StorageError("DirectoryNotEmpty");
      this.#remove(slot, row);
      this.#touch(slot.share, slot.dir);
    });
  }

  async rename(from: Place, to: Place, { existing }: Existing): Promise<NodeRecord> {
    return this.#state.change(() => {
      const { db, clock } = this.#state;
      const source = this.#slot(from);
      const row = this.#required(source);
      const target = this.#slot(to);
      if (row.node.kind === "directory") this.#refuseLoop(target, row.id);
      const sameKey = source.dir.id === target.dir.id && source.key === target.key;
      if (!sameKey) this.#vacate(target, existing);
      this.#unname(source);
      this.#name(target, row.id);
      // Replacing another name of the same file has changed its row.
      const current = liveNode(db, target.share, row.id);
      saveNode(db, target.share, { ...current, node: touched(current.node, clock(), "properties") });
      this.#touchDirectory(source.share, source.dir.id);
      this.#touchDirectory(target.share, target.dir.id);
      return this.#at(target);
    });
  }

  #create(
    slot: Slot,
    { draft, location, existing }: Existing & { readonly draft: NodeDraft; readonly location: Location | undefined },
  ): NodeRecord {
    const { db, clock, extents } = this.#state;
    const { id: share, epoch } = slot.share;
    this.#vacate(slot, existing);
    const now = clock();
    const id = db.next("node");
    const { created = now, accessed = now, written = now, changed = now } = draft.times;
    const { content, ...values } = draft;
    insertNode(db, { id, born: epoch, share }, { ...values, times: { created, accessed, written, changed }, modified: now, links: 1 });
    this.#name(slot, id);
    if (location !== undefined) extents.write(ownerOf(id, slot.share), { offset: 0, length: content?.length ?? 0 }, location);
    this.#touch(slot.share, slot.dir);
    return this.#at(slot);
  }

  #slot({ share: name, parentId, name: child }: Place): Slot {
    const share = this.#state.share(name);
    const dir = nodeOf(this.#state.db, { share, epoch: share.epoch }, fromFileId(parentId, share.root));
    if (dir?.node.kind !== "directory") throw new StorageError("ParentNotFound");
    return { share, dir, name: child, key: nameKey(child, share.protocol) };
  }

  #lookUp({ share, dir, key }: Slot): NodeRow | undefined {
    return nodeAt(this.#state.db, { share, epoch: share.epoch }, { dir: dir.id, key });
  }

  #required(slot: Slot): NodeRow {
    const row = this.#lookUp(slot);
    if (row === undefined) throw new StorageError("ResourceNotFound");
    return row;
  }

  #at(slot: Slot): NodeRecord {
    return this.#required(slot).node;
  }

  #vacate(slot: Slot, existing: Existing["existing"]): void {
    const row = this.#lookUp(slot);
    if (row === undefined) return;
    if (existing === "fail" || row.node.kind === "directory") throw new StorageError("ResourceAlreadyExists");
    this.#remove(slot, row);
  }

  #remove(slot: Slot, row: NodeRow): void {
    const { db, clock, extents } = this.#state;
    this.#unname(slot);
    if (row.node.linkCount > 1) {
      const node = { ...touched(row.node, clock(), "properties"), linkCount: row.node.linkCount - 1 };
      saveNode(db, slot.share, { ...row, node });
      return;
    }
    buryNode(db, slot.share, row);
    extents.clearAll(ownerOf(row.id, slot.share));
  }

  #name({ share, dir, key, name }: Slot, node: number): void {
    const sql = `INSERT INTO entry (dir, key, born, died, name, node, share) VALUES (?, ?, ?, ${ALIVE}, ?, ?, ?)`;
    this.#state.db.run(sql, dir.id, key, share.epoch, name, node, share.id);
  }

  #unname({ share: { epoch, frozen }, dir, key }: Slot): void {
    const { db } = this.#state;
    if (db.run(`DELETE FROM entry WHERE dir = ? AND key = ? AND born > ? AND died = ${ALIVE}`, dir.id, key, frozen) > 0) return;
    db.run(`UPDATE entry SET died = ? WHERE dir = ? AND key = ? AND died = ${ALIVE}`, epoch, dir.id, key);
  }

  #hasEntries({ epoch }: ShareRow, dir: number): boolean {
    return this.#state.db.get("SELECT 1 FROM entry WHERE dir = ? AND born <= ? AND died > ? LIMIT 1", dir, epoch, epoch) !== undefined;
  }

  #touchDirectory(share: ShareRow, id: number): void {
    this.#touch(share, liveNode(this.#state.db, share, id));
  }

  #touch(share: ShareRow, row: NodeRow): void {
    const { db, clock } = this.#state;
    saveNode(db, share, { ...row, node: touched(row.node, clock(), "data") });
  }

  /** A directory must not end up below itself. */
  #refuseLoop({ share, dir }: Slot, moved: number): void {
    let id = dir.id;
    while (id !== share.root) {
      if (id === moved) throw new StorageError("InvalidInput", { message: "A directory cannot be moved below itself." });
      const parent = liveNode(this.#state.db, share, id).node.parentId;
      id = fromFileId(parent, share.root);
    }
  }
}
