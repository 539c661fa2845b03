import { assert } from "../shared/assert.ts";
import { MD5_BYTES } from "../shared/md5.ts";
import { compileWasm, instantiateWasm } from "../shared/wasm.ts";
import type { WasmMemory } from "../shared/wasm.ts";
import type { HashStretch } from "./hash-memory.ts";
import { MD5_KERNEL_WASM_BASE64 } from "./md5-kernel.wasm.ts";

/** Contents that are hashed side by side. */
export const MD5_LANES = 8;

/** Contents that the kernel's functions take. */
type Width = 1 | 4 | typeof MD5_LANES;

/** What MD5 takes at once. Only the last piece of a content may be of another length than a multiple of it. */
export const MD5_BLOCK_BYTES = 64;

/** Blocks in one call: calls of a few milliseconds let the engine replace the code it begins with by faster code. */
const BLOCKS_A_CALL = 4096;

/** Words A to D before the first block, RFC 1321 section 3.3. */
const FIRST_WORDS: readonly number[] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

// What lies in the first page of the memory.
const WORDS_ADDRESS = 0;
const CONSTANTS_ADDRESS = 256;
const SCRATCH_ADDRESS = 1024;
const LAST_BLOCKS_ADDRESS = 2048;

/** Constants of the steps, RFC 1321 section 3.4. */
const CONSTANTS: readonly number[] = Array.from({ length: 64 }, (_, index) => Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))));

/** Functions of the compiled kernel; see `md5-kernel/index.ts`. */
interface Md5Kernel {
  one(state: number, table: number, at: number, blocks: number): void;
  four(state: number, table: number, scratch: number, blocks: number, ...at: readonly number[]): void;
  eight(state: number, table: number, scratch: number, blocks: number, ...at: readonly number[]): void;
}

/** An MD5 under way. */
export interface Md5State {
  readonly words: Uint32Array;
  length: number;
  /** What follows the last whole block. */
  rest: Uint8Array;
}

/** The MD5 of nothing yet. */
export function newMd5State(): Md5State {
  return { words: Uint32Array.from(FIRST_WORDS), length: 0, rest: new Uint8Array(0) };
}

interface Lane {
  readonly words: Uint32Array;
  readonly at: number;
  readonly blocks: number;
}

/**
 * MD5 (RFC 1321) of up to eight contents side by side, in less than twice the time that one takes alone: one step waits for the one
 * before it, so a single content keeps a core busy only in part. The contents lie in `memory`, from the second page on.
 */
export class Md5Lanes {
  readonly #kernel: Md5Kernel;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(memory: WasmMemory<SharedArrayBuffer>) {
    this.#kernel = instantiateWasm<Md5Kernel>(compileWasm(MD5_KERNEL_WASM_BASE64), memory);
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    for (const [index, constant] of CONSTANTS.entries()) this.#view.setUint32(CONSTANTS_ADDRESS + 4 * index, constant, true);
  }

  /** Adds the next piece to each of some contents. Only the last piece of a content may end within a block of 64 bytes. */
  update(pieces: readonly (HashStretch & { readonly state: Md5State })[]): void {
    assert(pieces.length <= MD5_LANES, "there is a lane for each content");
    let lanes: Lane[] = [];
    for (const { state, at, length } of pieces) {
      assert(state.rest.length === 0, "only the last piece ends within a block");
      const whole = length - (length % MD5_BLOCK_BYTES);
      state.length += length;
      state.rest = this.#bytes.slice(at + whole, at + length);
      lanes.push({ words: state.words, at, blocks: whole / MD5_BLOCK_BYTES });
    }
    for (lanes = lanes.filter(unfinished); lanes.length > 0; lanes = lanes.filter(unfinished)) {
      const blocks = Math.min(BLOCKS_A_CALL, ...lanes.map((lane) => lane.blocks));
      this.#run(lanes, blocks);
      lanes = lanes.map((lane) => ({ ...lane, at: lane.at + blocks * MD5_BLOCK_BYTES, blocks: lane.blocks - blocks }));
    }
  }

  /** Ends a content: its MD5. */
  digest({ words, length, rest }: Md5State): Uint8Array {
    const blocks = rest.length + 9 > MD5_BLOCK_BYTES ? 2 : 1;
    const last = this.#bytes.subarray(LAST_BLOCKS_ADDRESS, LAST_BLOCKS_ADDRESS + blocks * MD5_BLOCK_BYTES);
    last.fill(0);
    last.set(rest);
    last[rest.length] = 0x80;
    this.#view.setBigUint64(LAST_BLOCKS_ADDRESS + last.length - 8, BigInt(length) * 8n, true);
    this.#run([{ words, at: LAST_BLOCKS_ADDRESS, blocks }], blocks);
    const md5 = new DataView(new ArrayBuffer(MD5_BYTES));
    for (const [index, word] of words.entries()) md5.setUint32(index * 4, word, true);
    return new Uint8Array(md5.buffer);
  }

  /** Adds that many blocks to each lane. */
  #run(lanes: readonly Lane[], blocks: number): void {
    const [first] = lanes;
    if (first === undefined) return;
    const width = widthFor(lanes.length);
    // Empty lanes repeat the first.
    const all = Array.from({ length: width }, (_, index) => lanes[index] ?? first);
    for (const [index, { words }] of all.entries())
      for (const [number, word] of words.entries()) this.#view.setUint32(addressOf(number, index, width), word, true);
    const at = all.map((lane) => lane.at);
    if (width === 1) this.#kernel.one(WORDS_ADDRESS, CONSTANTS_ADDRESS, first.at, blocks);
    else this.#kernel[width === 4 ? "four" : "eight"](WORDS_ADDRESS, CONSTANTS_ADDRESS, SCRATCH_ADDRESS, blocks, ...at);
    for (const [index, { words }] of lanes.entries())
      for (const number of words.keys()) words[number] = this.#view.getUint32(addressOf(number, index, width), true);
  }
}

function unfinished({ blocks }: Lane): boolean {
  return blocks > 0;
}

/** A lone content goes faster alone; with two there is more to win than to lose. */
function widthFor(contents: number): Width {
  if (contents === 1) return 1;
  return contents <= 4 ? 4 : MD5_LANES;
}

/** The kernel keeps the same word of all lanes together. */
function addressOf(word: number, lane: number, width: Width): number {
  return WORDS_ADDRESS + (word * width + lane) * 4;
}
