import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { LoadedIndex } from "../repository/loaded-index.ts";
import { must } from "../shared/assert.ts";
import { withRoom } from "../shared/growing-arrays.ts";
import type { PlannedFiles } from "./planned-files.ts";
import type { ContentRows, WriteTask } from "./restore-protocol.ts";

/** Raw bytes of a pack that one task covers: several tasks a pack keep all threads busy to the end. */
const STRETCH_BYTES: number = 32 * 1024 * 1024;

/** Stretches of a pack at most: offsets have 32 bits. */
const STRETCHES_PER_PACK = 128;

/** Files without content in one task. */
const EMPTY_FILES_MAX = 2048;

/** One chunk of one file, by its place in the window and in the pack. */
interface Place {
  readonly file: number;
  readonly chunk: number;
  readonly pack: number;
  /** In the file's content, bytes. */
  readonly position: number;
  /** In the pack's raw stream, bytes. */
  readonly offset: number;
}

/** Rows of one stretch of a pack, growing. */
class Stretch {
  readonly pack: number;
  count = 0;
  offsets = new Uint32Array(64);
  files = new Uint32Array(64);
  chunks = new Uint32Array(64);
  positions = new Float64Array(64);

  constructor(pack: number) {
    this.pack = pack;
  }

  push({ file, chunk, position, offset }: Place): void {
    const at = this.count;
    this.count += 1;
    if (this.count > this.offsets.length) this.#grow();
    this.offsets[at] = offset;
    this.files[at] = file;
    this.chunks[at] = chunk;
    this.positions[at] = position;
  }

  /** Row numbers in pack order; rows of one place keep the order in which files were planned. */
  order(): Uint32Array {
    const { offsets } = this;
    const order = new Uint32Array(this.count);
    let sorted = true;
    for (let at = 0; at < this.count; at += 1) {
      order[at] = at;
      if (at > 0 && (offsets[at - 1] ?? 0) > (offsets[at] ?? 0)) sorted = false;
    }
    return sorted ? order : order.sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0) || a - b);
  }

  #grow(): void {
    this.offsets = withRoom(this.offsets, this.count);
    this.files = withRoom(this.files, this.count);
    this.chunks = withRoom(this.chunks, this.count);
    this.positions = withRoom(this.positions, this.count);
  }
}

/** A task, and the numbers of its files in the window in the order of its table. */
export interface PlannedTask {
  readonly task: WriteTask;
  readonly files: Uint32Array;
}

/** What to do for a window of files, ordered by pack. */
export interface ContentPlan {
  /** How many tasks there are; each is made when it is asked for, because all of them together would take a lot of memory. */
  readonly taskCount: number;
  task(at: number): PlannedTask;
  /** Files that several runs of rows write, with their rows: to be made before any task starts. */
  readonly shared: readonly { readonly file: number; readonly rows: number }[];
  /** Files with a chunk that no index names. */
  readonly lost: readonly number[];
}

/** Which chunks of a file are to be written, by their position in the window; undefined for all of them. */
export type WantedChunks = (file: number) => ReadonlySet<number> | undefined;

/**
 * Orders the content of files by pack: each pack's frames are fetched and opened once, whatever files share it. A file whose
 * rows are not one run in one stretch is shared: it is made first, and whichever task writes its last row finishes it.
 */
export function planContent(files: PlannedFiles, wanted: WantedChunks, loaded: LoadedIndex): ContentPlan {
  const planner = new Planner(files, loaded);
  for (let file = 0; file < files.count; file += 1) planner.add(file, wanted(file));
  return planner.plan();
}

class Planner {
  readonly #files: PlannedFiles;
  readonly #loaded: LoadedIndex;
  readonly #stretches = new Map<number, Stretch>();
  readonly #empty: number[] = [];
  readonly #lost: number[] = [];
  readonly #rows: Uint32Array;

  constructor(files: PlannedFiles, loaded: LoadedIndex) {
    this.#files = files;
    this.#loaded = loaded;
    this.#rows = new Uint32Array(files.count);
  }

  add(file: number, wanted: ReadonlySet<number> | undefined): void {
    const first = this.#files.firstChunk(file);
    const end = this.#files.firstChunk(file + 1);
    const places: Place[] = [];
    let position = 0;
    for (let chunk = first; chunk < end; chunk += 1) {
      const length = this.#files.chunkLengths[chunk] ?? 0;
      if (wanted === undefined || wanted.has(chunk)) {
        const found = this.#find(chunk, length);
        if (found === undefined) {
          this.#lost.push(file);
          return;
        }
        places.push({ file, chunk, position, ...found });
      }
      position += length;
    }
    // Only now: of a file with a lost chunk nothing is written.
    for (const place of places) this.#enter(place);
    this.#rows[file] = places.length;
    if (places.length === 0) this.#empty.push(file);
  }

  #find(chunk: number, length: number): { pack: number; offset: number } | undefined {
    const { index, packs } = this.#loaded;
    const found = index.find(this.#files.chunkIds, chunk * CHUNK_ID_BYTES);
    const pack = found && packs.get(found.pack);
    // A length that the pack does not have can only come from a forged tree.
    if (found === undefined || pack === undefined || found.offset + length > pack.directory.rawLength) return undefined;
    return found;
  }

  #enter(place: Place): void {
    const { pack } = place;
    const key = pack * STRETCHES_PER_PACK + Math.floor(place.offset / STRETCH_BYTES);
    let stretch = this.#stretches.get(key);
    if (stretch === undefined) {
      stretch = new Stretch(pack);
      this.#stretches.set(key, stretch);
    }
    stretch.push(place);
  }

  plan(): ContentPlan {
    const stretches = [...this.#stretches.values()];
    const shared = this.#share(stretches);
    const emptyTasks = Math.ceil(this.#empty.length / EMPTY_FILES_MAX);
    return {
      taskCount: stretches.length + emptyTasks,
      task: (at) => {
        const stretch = stretches[at];
        const from = (at - stretches.length) * EMPTY_FILES_MAX;
        return stretch !== undefined ? this.#task(stretch) : this.#emptyTask(this.#empty.slice(from, from + EMPTY_FILES_MAX));
      },
      shared,
      lost: this.#lost,
    };
  }

  /** Files whose rows form more than one run get a counter. */
  #share(stretches: readonly Stretch[]): readonly { readonly file: number; readonly rows: number }[] {
    const runs = new Uint8Array(this.#files.count);
    for (const stretch of stretches) {
      let last = -1;
      for (const row of stretch.order()) {
        const file = stretch.files[row] ?? 0;
        if (file !== last && (runs[file] ?? 0) < 2) runs[file] = (runs[file] ?? 0) + 1;
        last = file;
      }
    }
    const shared: { file: number; rows: number }[] = [];
    for (let file = 0; file < runs.length; file += 1) {
      if ((runs[file] ?? 0) < 2) continue;
      shared.push({ file, rows: this.#rows[file] ?? 0 });
      this.#files.share(file, shared.length);
    }
    return shared;
  }

  #task(stretch: Stretch): PlannedTask {
    const order = stretch.order();
    const numbers = new Map<number, number>();
    const rows = newRows(order.length);
    const counts = new Uint32Array(order.length);
    for (const [at, row] of order.entries()) {
      const file = stretch.files[row] ?? 0;
      let number = numbers.get(file);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(file, number);
      }
      counts[number] = (counts[number] ?? 0) + 1;
      const chunk = stretch.chunks[row] ?? 0;
      rows.offsets[at] = stretch.offsets[row] ?? 0;
      rows.lengths[at] = this.#files.chunkLengths[chunk] ?? 0;
      rows.positions[at] = stretch.positions[row] ?? 0;
      rows.files[at] = number;
      rows.ids.set(this.#files.chunkIds.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES), at * CHUNK_ID_BYTES);
    }
    const files = Uint32Array.from(numbers.keys());
    const { id, kind, objectLength, directory } = must(this.#loaded.packs.get(stretch.pack), "an indexed pack is in the table");
    const { frameSealedLengths, frameFlags, rawLength } = directory;
    const columns = this.#files.columns(files, counts.slice(0, files.length));
    return {
      task: { type: "write", files: columns, pack: { id, kind, objectLength, frameSealedLengths, frameFlags, rawLength }, rows },
      files,
    };
  }

  #emptyTask(numbers: readonly number[]): PlannedTask {
    const files = Uint32Array.from(numbers);
    return {
      task: { type: "write", files: this.#files.columns(files, new Uint32Array(files.length)), pack: undefined, rows: newRows(0) },
      files,
    };
  }
}

/** Rows of all chunks of the files, in file order: what a comparison reads. */
export function rowsInFileOrder(files: PlannedFiles, numbers: Uint32Array): { readonly rows: ContentRows; readonly counts: Uint32Array } {
  const counts = numbers.map((file) => files.firstChunk(file + 1) - files.firstChunk(file));
  const rows = newRows(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const [number, file] of numbers.entries()) {
    let position = 0;
    for (let chunk = files.firstChunk(file); chunk < files.firstChunk(file + 1); chunk += 1) {
      const length = files.chunkLengths[chunk] ?? 0;
      rows.ids.set(files.chunkIds.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES), at * CHUNK_ID_BYTES);
      rows.lengths[at] = length;
      rows.positions[at] = position;
      rows.files[at] = number;
      position += length;
      at += 1;
    }
  }
  return { rows, counts };
}

function newRows(count: number): {
  offsets: Uint32Array;
  lengths: Uint32Array;
  ids: Uint8Array;
  files: Uint32Array;
  positions: Float64Array;
} {
  return {
    offsets: new Uint32Array(count),
    lengths: new Uint32Array(count),
    ids: new Uint8Array(count * CHUNK_ID_BYTES),
    files: new Uint32Array(count),
    positions: new Float64Array(count),
  };
}
