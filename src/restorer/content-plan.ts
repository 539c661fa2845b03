import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { LoadedIndex } from "../repository/loaded-index.ts";
import { must } from "../shared/assert.ts";
import { columnsOf, type PlannedFile } from "./file-columns.ts";
import type { ContentRows, WriteTask } from "./restore-protocol.ts";

/** Raw bytes of a pack that one task covers: several tasks a pack keep all threads busy to the end. */
const STRETCH_BYTES: number = 32 * 1024 * 1024;

/** Files without content in one task. */
const EMPTY_FILES_MAX = 2048;

/** Growing rows of one stretch of a pack. */
class Stretch {
  readonly pack: number;
  readonly offsets: number[] = [];
  readonly lengths: number[] = [];
  readonly positions: number[] = [];
  readonly files: PlannedFile[] = [];
  /** Position of the row's chunk in its file's references. */
  readonly chunks: number[] = [];

  constructor(pack: number) {
    this.pack = pack;
  }

  /** Row numbers in pack order; rows of one place keep the order in which files were planned. */
  order(): Uint32Array {
    const order = Uint32Array.from(this.offsets.keys());
    let sorted = true;
    for (let at = 1; at < this.offsets.length && sorted; at += 1) sorted = (this.offsets[at - 1] ?? 0) <= (this.offsets[at] ?? 0);
    return sorted ? order : order.sort((a, b) => (this.offsets[a] ?? 0) - (this.offsets[b] ?? 0) || a - b);
  }
}

/** What to do for a set of files, ordered by pack. */
export interface ContentPlan {
  readonly tasks: readonly WriteTask[];
  /** The files of each task, in the order of its table. */
  readonly filesOf: readonly (readonly PlannedFile[])[];
  /** Files that several runs of rows write: to be made before any task starts, with these counters. */
  readonly shared: readonly { readonly file: PlannedFile; readonly rows: number }[];
  /** Files with a chunk that no index names. */
  readonly lost: readonly PlannedFile[];
}

/** A file and which of its chunks are to be written; undefined for all of them. */
export interface WantedFile {
  readonly file: PlannedFile;
  readonly rows: readonly number[] | undefined;
}

/**
 * Orders the content of files by pack: each pack's frames are fetched and opened once, whatever files share it. A file whose
 * rows are not one run in one stretch is shared: it is made first, and whichever task writes its last row finishes it.
 */
export function planContent(wanted: readonly WantedFile[], loaded: LoadedIndex): ContentPlan {
  const stretches = new Map<number, Stretch>();
  const empty: PlannedFile[] = [];
  const lost: PlannedFile[] = [];
  const rowsOf = new Map<PlannedFile, number>();
  for (const { file, rows } of wanted) {
    const places = placesOf(file, rows, loaded);
    if (places === undefined) lost.push(file);
    else if (places.length === 0) empty.push(file);
    else {
      rowsOf.set(file, places.length);
      for (const place of places) enter(stretches, file, place);
    }
  }
  const runs = countRuns(stretches.values());
  const shared = [...runs].filter(([, count]) => count > 1).map(([file]) => ({ file, rows: must(rowsOf.get(file), "a file with runs has rows") }));
  for (const [at, { file }] of shared.entries()) file.shared = at + 1;
  const made = [...stretches.values()].map((stretch) => taskOf(stretch, loaded));
  for (let at = 0; at < empty.length; at += EMPTY_FILES_MAX) made.push(emptyTask(empty.slice(at, at + EMPTY_FILES_MAX)));
  return { tasks: made.map(({ task }) => task), filesOf: made.map(({ files }) => files), shared, lost };
}

interface Place {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  readonly position: number;
  readonly chunk: number;
}

function placesOf(file: PlannedFile, rows: readonly number[] | undefined, { index, packs }: LoadedIndex): readonly Place[] | undefined {
  const { ids, lengths } = file.entry.content;
  const wanted = rows === undefined ? undefined : new Set(rows);
  const places: Place[] = [];
  let position = 0;
  for (let chunk = 0; chunk < lengths.length; chunk += 1) {
    const length = lengths[chunk] ?? 0;
    if (wanted === undefined || wanted.has(chunk)) {
      const found = index.find(ids, chunk * CHUNK_ID_BYTES);
      const pack = found && packs.get(found.pack);
      if (found === undefined || pack === undefined || found.offset + length > pack.directory.rawLength) return undefined;
      places.push({ ...found, length, position, chunk });
    }
    position += length;
  }
  return places;
}

function enter(stretches: Map<number, Stretch>, file: PlannedFile, place: Place): void {
  // 2^32 raw bytes a pack are 128 stretches.
  const key = place.pack * 256 + Math.floor(place.offset / STRETCH_BYTES);
  let stretch = stretches.get(key);
  if (stretch === undefined) {
    stretch = new Stretch(place.pack);
    stretches.set(key, stretch);
  }
  stretch.offsets.push(place.offset);
  stretch.lengths.push(place.length);
  stretch.positions.push(place.position);
  stretch.files.push(file);
  stretch.chunks.push(place.chunk);
}

/** Runs of consecutive rows of each file, over all stretches. */
function countRuns(stretches: Iterable<Stretch>): ReadonlyMap<PlannedFile, number> {
  const runs = new Map<PlannedFile, number>();
  for (const stretch of stretches) {
    let last: PlannedFile | undefined;
    for (const row of stretch.order()) {
      const file = must(stretch.files[row], "a row has a file");
      if (file !== last) runs.set(file, (runs.get(file) ?? 0) + 1);
      last = file;
    }
  }
  return runs;
}

function taskOf(stretch: Stretch, { packs }: LoadedIndex): { task: WriteTask; files: readonly PlannedFile[] } {
  const order = stretch.order();
  const numbers = new Map<PlannedFile, number>();
  const counts: number[] = [];
  const rows = newRows(order.length);
  for (const [at, row] of order.entries()) {
    const file = must(stretch.files[row], "a row has a file");
    let number = numbers.get(file);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(file, number);
      counts.push(0);
    }
    counts[number] = (counts[number] ?? 0) + 1;
    const chunk = stretch.chunks[row] ?? 0;
    rows.offsets[at] = stretch.offsets[row] ?? 0;
    rows.lengths[at] = stretch.lengths[row] ?? 0;
    rows.positions[at] = stretch.positions[row] ?? 0;
    rows.files[at] = number;
    rows.ids.set(file.entry.content.ids.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES), at * CHUNK_ID_BYTES);
  }
  const files = [...numbers.keys()];
  const { id, kind, objectLength, directory } = must(packs.get(stretch.pack), "an indexed pack is in the table");
  const { frameSealedLengths, frameFlags, rawLength } = directory;
  const columns = columnsOf(files.map((file, at) => ({ file, rows: counts[at] ?? 0 })));
  return { task: { type: "write", files: columns, pack: { id, kind, objectLength, frameSealedLengths, frameFlags, rawLength }, rows }, files };
}

function emptyTask(files: readonly PlannedFile[]): { task: WriteTask; files: readonly PlannedFile[] } {
  return { task: { type: "write", files: columnsOf(files.map((file) => ({ file, rows: 0 }))), pack: undefined, rows: newRows(0) }, files };
}

/** Rows of all chunks of the files, in file order: what a comparison reads. */
export function rowsInFileOrder(files: readonly PlannedFile[]): ContentRows {
  let count = 0;
  for (const { entry } of files) count += entry.content.lengths.length;
  const rows = newRows(count);
  let at = 0;
  for (const [number, { entry }] of files.entries()) {
    let position = 0;
    rows.ids.set(entry.content.ids, at * CHUNK_ID_BYTES);
    for (const length of entry.content.lengths) {
      rows.lengths[at] = length;
      rows.positions[at] = position;
      rows.files[at] = number;
      position += length;
      at += 1;
    }
  }
  return rows;
}

function newRows(count: number): { offsets: Uint32Array; lengths: Uint32Array; ids: Uint8Array; files: Uint32Array; positions: Float64Array } {
  return {
    offsets: new Uint32Array(count),
    lengths: new Uint32Array(count),
    ids: new Uint8Array(count * CHUNK_ID_BYTES),
    files: new Uint32Array(count),
    positions: new Float64Array(count),
  };
}
