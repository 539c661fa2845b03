import type { ByteRange } from "../backend.ts";
import { int, type Database, type Row } from "./database.ts";
import { ALIVE } from "./schema.ts";
import type { Location } from "./segment-store.ts";
import type { ShareRow } from "./share-rows.ts";

/** No extent is longer, since nothing longer can be written in one request; so a look at what lies before a range is bounded. */
export const EXTENT_BYTES_MAX: number = 4 * 1024 * 1024;

/** A stretch of a file and where its bytes lie. */
export interface Extent extends ByteRange, Location {
  readonly born: number;
  /** The epoch in which the bytes were written; stays when an extent is cut. */
  readonly written: number;
}

/** The live file whose extents change, and the epoch they change in. */
export interface ExtentOwner {
  readonly node: number;
  readonly share: number;
  readonly epoch: number;
  /** The epoch of the youngest snapshot. */
  readonly frozen: number;
}

/** The owner of a file's extents. */
export function ownerOf(node: number, { id: share, epoch, frozen }: ShareRow): ExtentOwner {
  return { node, share, epoch, frozen };
}

/** Which stretches of which file hold data, in every epoch. Runs inside the database's transactions. */
export class Extents {
  readonly #db: Database;
  /** Extents of each segment, dead ones included while a snapshot sees them. */
  readonly #uses = new Map<number, number>();
  readonly #changes = new Map<number, number>();

  constructor(db: Database) {
    this.#db = db;
    for (const row of db.all("SELECT segment, count(*) AS uses FROM extent GROUP BY segment")) {
      this.#uses.set(int(row, "segment"), int(row, "uses"));
    }
  }

  /** True when an epoch sees content of this segment. */
  uses(segment: number): boolean {
    return this.#uses.has(segment);
  }

  /** What an epoch sees of a file between two offsets, ascending; extents may reach out at both ends. */
  visible(node: number, epoch: number, { offset, length }: ByteRange): readonly Extent[] {
    const rows = this.#db.all(
      `SELECT start, length, segment, position, born, written FROM extent
       WHERE node = ? AND start > ? AND start < ? AND born <= ? AND died > ? AND start + length > ? ORDER BY start`,
      node,
      offset - EXTENT_BYTES_MAX,
      offset + length,
      epoch,
      epoch,
      offset,
    );
    return rows.map(toExtent);
  }

  /** Puts new bytes into a range. */
  write(owner: ExtentOwner, { offset, length }: ByteRange, location: Location): void {
    this.clear(owner, { offset, length });
    this.#insert(owner, { ...location, offset, length, born: owner.epoch, written: owner.epoch });
  }

  /** Makes a range a hole. Extents that reach out are cut, and keep the epoch they were written in. */
  clear(owner: ExtentOwner, { offset, length }: ByteRange): void {
    const end = offset + length;
    for (const extent of this.visible(owner.node, owner.epoch, { offset, length })) {
      this.#retire(owner, extent);
      const extentEnd = extent.offset + extent.length;
      if (extent.offset < offset) this.#insert(owner, { ...extent, length: offset - extent.offset });
      if (extentEnd > end) {
        this.#insert(owner, { ...extent, offset: end, length: extentEnd - end, position: extent.position + end - extent.offset });
      }
    }
  }

  /** Drops everything of a file that is removed. */
  clearAll({ node, epoch, frozen }: ExtentOwner): void {
    this.#forget("node = ? AND born > ?", node, frozen);
    this.#db.run(`UPDATE extent SET died = ? WHERE node = ? AND died = ${ALIVE}`, epoch, node);
  }

  /** Removes what only epochs after `after` and before `before` could see. */
  purge(share: number, after: number, before: number): void {
    this.#forget(`share = ? AND died < ${ALIVE} AND died <= ? AND born > ?`, share, before, after);
  }

  purgeShare(share: number): void {
    this.#forget("share = ?", share);
  }

  /** After a commit: the segments that nobody uses any more. */
  settle(): readonly number[] {
    const unused: number[] = [];
    for (const [segment, change] of this.#changes) {
      const uses = (this.#uses.get(segment) ?? 0) + change;
      if (uses > 0) this.#uses.set(segment, uses);
      else {
        this.#uses.delete(segment);
        unused.push(segment);
      }
    }
    this.#changes.clear();
    return unused;
  }

  /** After a rollback. */
  abandon(): void {
    this.#changes.clear();
  }

  #retire({ node, epoch, frozen }: ExtentOwner, { offset, born, segment }: Extent): void {
    if (born > frozen) {
      this.#db.run("DELETE FROM extent WHERE node = ? AND start = ? AND born = ?", node, offset, born);
      this.#count(segment, -1);
    } else this.#db.run("UPDATE extent SET died = ? WHERE node = ? AND start = ? AND born = ?", epoch, node, offset, born);
  }

  #insert({ node, share, epoch }: ExtentOwner, { offset, length, segment, position, written }: Extent): void {
    this.#db.run(
      `INSERT INTO extent (node, start, born, died, length, segment, position, written, share) VALUES (?, ?, ?, ${ALIVE}, ?, ?, ?, ?, ?)`,
      node,
      offset,
      epoch,
      length,
      segment,
      position,
      written,
      share,
    );
    this.#count(segment, 1);
  }

  #forget(condition: string, ...values: readonly number[]): void {
    for (const row of this.#db.all(`SELECT segment, count(*) AS uses FROM extent WHERE ${condition} GROUP BY segment`, ...values)) {
      this.#count(int(row, "segment"), -int(row, "uses"));
    }
    this.#db.run(`DELETE FROM extent WHERE ${condition}`, ...values);
  }

  #count(segment: number, by: number): void {
    this.#changes.set(segment, (this.#changes.get(segment) ?? 0) + by);
  }
}

function toExtent(row: Row): Extent {
  return {
    offset: int(row, "start"),
    length: int(row, "length"),
    segment: int(row, "segment"),
    position: int(row, "position"),
    born: int(row, "born"),
    written: int(row, "written"),
  };
}
