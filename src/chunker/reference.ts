import { gearTable } from "./gear-table.ts";
import type { ChunkerParams } from "./params.ts";
import { maskBits } from "./params.ts";
import { finishXorHash, tagXorHash, XOR_BLOCK_BYTES } from "./xor-hash.ts";

// The definitions of definition.md in plain TypeScript: slow, obvious, and what the kernel is held against.

/** Where the chunks of `content` end, in order. */
export function referenceCuts(content: Uint8Array, chunkKey: Uint8Array, params: ChunkerParams): number[] {
  const table = new BigUint64Array(gearTable(chunkKey).buffer);
  const cuts: number[] = [];
  for (let start = 0; start < content.length;) {
    start += chunkLength(content.subarray(start), table, params);
    cuts.push(start);
  }
  return cuts;
}

/** Length of the first chunk of `content`. */
function chunkLength(content: Uint8Array, table: BigUint64Array, params: ChunkerParams): number {
  const { minBytes, targetBytes, maxBytes } = params;
  const bits = maskBits(params);
  let hash = 0n;
  // 64 bytes reach the hash: whatever lies before them has been shifted out.
  for (let at = Math.max(0, minBytes - 64); at < Math.min(content.length, maxBytes); at++) {
    hash = BigInt.asUintN(64, (hash << 1n) + (table[content[at] ?? 0] ?? 0n));
    const length = at + 1;
    const zeroBits = length < targetBytes ? bits.before : bits.after;
    if (length >= minBytes && hash >> BigInt(64 - zeroBits) === 0n) return length;
  }
  return Math.min(content.length, maxBytes);
}

/** XOR hash of `content`. */
export function referenceXorHash(content: Uint8Array): bigint {
  let accumulator = 0n;
  for (let at = 0, number = 0n; at < content.length; at += XOR_BLOCK_BYTES, number++) {
    const block = wordsOf(content.subarray(at, at + XOR_BLOCK_BYTES));
    const hash = blockHash(block);
    if (hash !== blockHash(new BigUint64Array(block.length))) accumulator ^= tagXorHash(hash, number);
  }
  return finishXorHash(accumulator, content.length);
}

/** FNV-1a over 64-bit words, each product folded so that its high half reaches the low one. */
function blockHash(words: BigUint64Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const word of words) {
    hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
    hash ^= hash >> 32n;
  }
  return hash;
}

/** Little-endian words, the last one filled up with zeros. */
function wordsOf(bytes: Uint8Array): BigUint64Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return BigUint64Array.from({ length: padded.length / 8 }, (_, index) => view.getBigUint64(index * 8, true));
}
