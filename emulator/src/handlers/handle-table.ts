import { StorageError } from "../protocol/errors.ts";
import type { Ticks } from "../protocol/ticks.ts";

/** Handles that one file or directory can have. */
const HANDLES_PER_NODE_MAX = 2000;

/** What other openers may not do while a handle is open, and what the handle itself is about to do. */
export interface HandleMode {
  readonly denyRead: boolean;
  readonly denyWrite: boolean;
  readonly denyDelete: boolean;
  /** The node goes away when the handle is closed; until then everybody else is refused. */
  readonly deletePending: boolean;
  /** A byte-range lock: whoever reads or writes there is refused. */
  readonly lock: { readonly offset: number; readonly length: number } | undefined;
}

/** A handle that an SMB client holds on a node of a live tree. */
export interface OpenHandle extends HandleMode {
  readonly id: string;
  readonly share: string;
  readonly fileId: bigint;
  readonly parentId: bigint;
  readonly path: readonly string[];
  readonly sessionId: string;
  readonly clientIp: string;
  readonly clientName: string;
  readonly openedAt: Ticks;
  /** What listings without extended info go on showing while the handle is open. */
  readonly sizeAtOpen: number;
}

/** What a request is about to do to a node. */
export interface Access {
  readonly kind: "read" | "write" | "delete";
  readonly range?: { readonly offset: number; readonly length: number };
}

/** Open handles by share and node; they live as long as the process, like sessions of SMB clients. Snapshots have none. */
export class HandleTable {
  readonly #handles = new Map<string, OpenHandle>();

  /** Throws OutOfRangeInput when a node has too many. */
  open(handle: OpenHandle): void {
    if (this.of(handle.share, handle.fileId).length >= HANDLES_PER_NODE_MAX) throw new StorageError("OutOfRangeInput");
    this.#handles.set(handle.id, handle);
  }

  all(): readonly OpenHandle[] {
    return [...this.#handles.values()];
  }

  get(id: string): OpenHandle | undefined {
    return this.#handles.get(id);
  }

  of(share: string, fileId: bigint): readonly OpenHandle[] {
    if (this.#handles.size === 0) return [];
    return this.all().filter((handle) => handle.share === share && handle.fileId === fileId);
  }

  /** The handles that were open; nodes whose deletion waited for them are the caller's to remove. */
  close(ids: readonly string[]): readonly OpenHandle[] {
    return ids.flatMap((id) => {
      const handle = this.#handles.get(id);
      this.#handles.delete(id);
      return handle ?? [];
    });
  }

  /** Throws DeletePending, SharingViolation or FileLockConflict when open handles do not allow it. */
  check(share: string, fileId: bigint, { kind, range }: Access): void {
    for (const { deletePending, denyRead, denyWrite, denyDelete, lock } of this.of(share, fileId)) {
      if (deletePending) throw new StorageError("DeletePending");
      const denied = { read: denyRead, write: denyWrite, delete: denyDelete }[kind];
      if (denied) throw new StorageError("SharingViolation");
      if (lock !== undefined && range !== undefined && overlaps(lock, range)) throw new StorageError("FileLockConflict");
    }
  }

  /** The size that a listing without extended info shows. */
  shownSize(share: string, fileId: bigint, size: number): number {
    return this.of(share, fileId)[0]?.sizeAtOpen ?? size;
  }
}

function overlaps(
  a: { readonly offset: number; readonly length: number },
  b: { readonly offset: number; readonly length: number },
): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
