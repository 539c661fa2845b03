import { hash32 } from "../../random/hash.ts";
import type { ByteRange, Changes } from "../backend.ts";
import type { FileState, WrittenWindow } from "./file-history.ts";

/** Content is made sector by sector: any of them alone, in any order. */
const SECTOR = 512;
const WORDS = SECTOR / 4;

/** The second half of a sector repeats the first, so that content compresses to about a half, as that of people does. */
const FRESH_WORDS = WORDS / 2;

/** Content that is made at a time. */
const CHUNK_BYTES = 256 * 1024;

/** The bytes of a range of a file: the same for ever for this seed, place and generation. */
export async function* contentOf(state: FileState, range: ByteRange): AsyncGenerator<Uint8Array, void> {
  const end = range.offset + range.length;
  for (let offset = range.offset; offset < end;) {
    const chunkEnd = Math.min(end, offset + CHUNK_BYTES - (offset % CHUNK_BYTES));
    yield makeChunk(state, offset, chunkEnd);
    offset = chunkEnd;
  }
}

function makeChunk(state: FileState, start: number, end: number): Uint8Array {
  const first = Math.floor(start / SECTOR);
  const words = new Uint32Array((Math.ceil(end / SECTOR) - first) * WORDS);
  for (let at = 0; at < words.length; at += WORDS) {
    const sector = first + at / WORDS;
    fillSector(words.subarray(at, at + WORDS), hash32(state.contentKey, sector, versionOf(state.windows, sector)));
  }
  const base = first * SECTOR;
  return new Uint8Array(words.buffer).subarray(start - base, end - base);
}

/** The generation that wrote a sector last; 0 for what the file began with. Growth begins in a sector that keeps its beginning. */
function versionOf(windows: readonly WrittenWindow[], sector: number): number {
  const start = sector * SECTOR;
  const last = windows.findLast(({ offset, length }) => offset <= start && start < offset + length);
  return last?.generation ?? 0;
}

function fillSector(words: Uint32Array, seed: number): void {
  // Xorshift needs a state other than zero.
  let state = seed | 1;
  for (let index = 0; index < FRESH_WORDS; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  words.copyWithin(FRESH_WORDS, 0, FRESH_WORDS);
}

/** What was written after a generation: ascending and joined, cut to the window. Files here never have holes, so nothing is cleared. */
export function changesSince(state: FileState, generation: number, window: ByteRange): Changes {
  const end = Math.min(window.offset + window.length, state.size);
  const later = state.windows.filter((one) => one.generation > generation).sort((a, b) => a.offset - b.offset);
  const written: { offset: number; length: number }[] = [];
  for (const one of later) {
    const from = Math.max(one.offset, window.offset);
    const to = Math.min(one.offset + one.length, end);
    if (from >= to) continue;
    const last = written.at(-1);
    if (last !== undefined && from <= last.offset + last.length) last.length = Math.max(last.length, to - last.offset);
    else written.push({ offset: from, length: to - from });
  }
  return { written, cleared: [] };
}
