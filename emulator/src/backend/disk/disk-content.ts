import { StorageError } from "../../protocol/errors.ts";
import type { ByteRange, Changes, ChangesRequest, ContentReader, ContentWriter, View, WriteTarget } from "../backend.ts";
import type { NodeRecord } from "../node-record.ts";
import type { DiskState, Sight } from "./disk-state.ts";
import { ownerOf, type Extent, type ExtentOwner } from "./extents.ts";
import { fromFileId } from "./node-rows.ts";
import { liveNode, nodeOf, saveNode, touched } from "./node-table.ts";
import { UNIT_BYTES, normalise, splitClear, subtract } from "./range-set.ts";

/** Content goes out in pieces of at most this size. */
const PIECE_BYTES_MAX = 1024 * 1024;

/** Content of the disk backend and its bookkeeping. */
export class DiskContent implements ContentReader, ContentWriter {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async read(view: View, fileId: bigint, range: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const { id, sight } = this.#file(view, fileId);
    const extents = this.#state.extents.visible(id, sight.epoch, range);
    // From now on, not only from the first piece on: until then a write could free what is to be read.
    this.#state.segments.pin(extents.map(({ segment }) => segment));
    return this.#pieces(extents, range);
  }

  async ranges(view: View, fileId: bigint, window: ByteRange): Promise<readonly ByteRange[]> {
    const { id, sight, size } = this.#file(view, fileId);
    return this.#held(id, sight.epoch, cut(window, size));
  }

  async changes(view: View, fileId: bigint, { since, window }: ChangesRequest): Promise<Changes> {
    const { id, sight, size } = this.#file(view, fileId);
    const base = this.#state.sight({ share: view.share, snapshot: since }).epoch;
    const inside = cut(window, size);
    const now = this.#state.extents.visible(id, sight.epoch, inside);
    const written = normalise(
      now.filter((extent) => extent.written > base),
      inside,
    );
    const gone = subtract(this.#held(id, base, inside), normalise(now, inside));
    return { written, cleared: subtract(gone, written) };
  }

  async write(target: WriteTarget, offset: number, bytes: Uint8Array): Promise<NodeRecord> {
    const { segments } = this.#state;
    const location = await segments.append(bytes);
    try {
      return await this.#change(target, { offset, length: bytes.length }, (owner) => {
        this.#state.extents.write(owner, { offset, length: bytes.length }, location);
      });
    } finally {
      await segments.release([location.segment]);
    }
  }

  async clear(target: WriteTarget, range: ByteRange): Promise<NodeRecord> {
    const { share, fileId } = target;
    const { size } = this.#file({ share, snapshot: undefined }, fileId);
    const { hole, edges } = splitClear(range, size);
    const { segments, extents } = this.#state;
    // Both edges read the same zeros.
    const location = await segments.append(new Uint8Array(UNIT_BYTES));
    try {
      return await this.#change(target, range, (owner) => {
        if (hole !== undefined) extents.clear(owner, hole);
        for (const edge of edges) extents.write(owner, edge, location);
      });
    } finally {
      await segments.release([location.segment]);
    }
  }

  async #change(
    { share: name, fileId, writtenAt }: WriteTarget,
    range: ByteRange,
    work: (owner: ExtentOwner) => void,
  ): Promise<NodeRecord> {
    const { db, clock } = this.#state;
    return this.#state.change(() => {
      const share = this.#state.share(name);
      const row = liveNode(db, share, fromFileId(fileId, share.root));
      if (row.node.kind !== "file") throw new StorageError("ResourceNotFound");
      if (range.offset + range.length > row.node.size) throw new StorageError("InvalidRange");
      work(ownerOf(row.id, share));
      const next = touched(row.node, clock(), "data");
      const times = writtenAt === "preserve" ? { ...next.times, written: row.node.times.written } : next.times;
      saveNode(db, share, { ...row, node: { ...next, times } });
      return liveNode(db, share, row.id).node;
    });
  }

  #file(view: View, fileId: bigint): { readonly id: number; readonly sight: Sight; readonly size: number } {
    const sight = this.#state.sight(view);
    const row = nodeOf(this.#state.db, sight, fromFileId(fileId, sight.share.root));
    if (row?.node.kind !== "file") throw new StorageError("ResourceNotFound");
    return { id: row.id, sight, size: row.node.size };
  }

  #held(id: number, epoch: number, window: ByteRange): readonly ByteRange[] {
    return normalise(this.#state.extents.visible(id, epoch, window), window);
  }

  /** The bytes of pinned extents, which are released at the end. */
  async *#pieces(extents: readonly Extent[], range: ByteRange): AsyncGenerator<Uint8Array> {
    const { segments } = this.#state;
    try {
      let at = range.offset;
      for (const extent of extents) {
        const start = Math.max(extent.offset, range.offset);
        yield* zeros(start - at);
        const end = Math.min(extent.offset + extent.length, range.offset + range.length);
        for (at = start; at < end;) {
          const length = Math.min(end - at, PIECE_BYTES_MAX);
          yield await segments.read({ segment: extent.segment, position: extent.position + at - extent.offset }, length);
          at += length;
        }
      }
      yield* zeros(range.offset + range.length - at);
    } finally {
      await segments.release(extents.map(({ segment }) => segment));
    }
  }
}

function cut({ offset, length }: ByteRange, size: number): ByteRange {
  const end = Math.min(offset + length, size);
  return { offset, length: Math.max(end - offset, 0) };
}

const EMPTY_PIECE = new Uint8Array(PIECE_BYTES_MAX);

function* zeros(length: number): Generator<Uint8Array> {
  for (let rest = length; rest > 0; rest -= PIECE_BYTES_MAX) yield EMPTY_PIECE.subarray(0, Math.min(rest, PIECE_BYTES_MAX));
}
