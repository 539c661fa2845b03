import { ENTRY_KIND, type EntryKind } from "../../format/entry.ts";
import { must } from "../../shared/assert.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { SourceNode } from "../source.ts";
import { allocateNative, type NativeMemory } from "./native.ts";

/** What the kernel writes for one `struct statx`. */
export const STAT_STRUCT_BYTES = 256;

/**
 * What is used of it. Records lie this close together: the kernel fills them in ascending order, so each one overwrites the
 * unused rest of the one before.
 */
export const STAT_USED_BYTES = 144;

/** Memory of one block. A node that somebody keeps keeps its block, so this is also the price of keeping one. */
const BLOCK_BYTES = 32 * 1024;

/** Fields of `struct statx` as indexes of 64-bit and 32-bit words. */
const WORD = { inode: 4, size: 5, blocks: 6, accessed: 8, born: 10, changed: 12, modified: 14 } as const;
const HALF = {
  links: 4,
  uid: 5,
  gid: 6,
  mode: 7,
  sizeLow: 10,
  sizeHigh: 11,
  blocksLow: 12,
  blocksHigh: 13,
  rdevMajor: 32,
  rdevMinor: 33,
  devMajor: 34,
  devMinor: 35,
} as const;

const BYTES_PER_BLOCK_UNIT = 512;
const FOUR_GIB = 2 ** 32;

const KIND_OF_TYPE: readonly (EntryKind | undefined)[] = (() => {
  const kinds: (EntryKind | undefined)[] = Array.from({ length: 16 });
  kinds[0o14] = ENTRY_KIND.socket;
  kinds[0o12] = ENTRY_KIND.symlink;
  kinds[0o10] = ENTRY_KIND.file;
  kinds[0o6] = ENTRY_KIND.blockDevice;
  kinds[0o4] = ENTRY_KIND.directory;
  kinds[0o2] = ENTRY_KIND.characterDevice;
  kinds[0o1] = ENTRY_KIND.fifo;
  return kinds;
})();

/** The device a tree's root is on: its inode numbers are taken as they are. */
export interface RootDevice {
  readonly major: number;
  readonly minor: number;
}

/** Stat records side by side. */
export class StatBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: BigInt64Array<ArrayBuffer>;
  readonly halves: Uint32Array<ArrayBuffer>;

  /** `bytes` is all of its buffer. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.words = new BigInt64Array(bytes.buffer);
    this.halves = new Uint32Array(bytes.buffer);
  }
}

/** Hands out places for stat records and makes nodes of them. One per source, reader or target; nothing is allocated per record. */
export class StatArena {
  #memory: NativeMemory = allocateNative(BLOCK_BYTES);
  #block: StatBlock = new StatBlock(this.#memory.bytes);
  #records = 0;
  device: RootDevice = { major: -1, minor: -1 };

  /** Address for the next record; filled or not, it stays the next one until `keep`. */
  next(): number {
    if (this.#records * STAT_USED_BYTES + STAT_STRUCT_BYTES > BLOCK_BYTES) {
      this.#memory = allocateNative(BLOCK_BYTES);
      this.#block = new StatBlock(this.#memory.bytes);
      this.#records = 0;
    }
    return this.#memory.address + this.#records * STAT_USED_BYTES;
  }

  /** Makes a node of the record just filled at `next()`. */
  keep(name: ByteString): LocalNode {
    const node = new LocalNode(name, this.#block, { record: this.#records, device: this.device });
    this.#records += 1;
    return node;
  }
}

/** A node read from a stat record when asked: a listing that is only compared by a few fields pays for those. */
export class LocalNode implements SourceNode {
  readonly name: ByteString;
  readonly #block: StatBlock;
  readonly #word: number;
  readonly #device: RootDevice;

  constructor(name: ByteString, block: StatBlock, place: { readonly record: number; readonly device: RootDevice }) {
    this.name = name;
    this.#block = block;
    this.#word = (place.record * STAT_USED_BYTES) / 8;
    this.#device = place.device;
  }

  /** Puts what the node is read from at `at` of `into`. */
  copyRecord(into: Uint8Array, at: number): void {
    into.set(this.#block.bytes.subarray(this.#word * 8, this.#word * 8 + STAT_USED_BYTES), at);
  }

  #half(index: number): number {
    return this.#block.halves[this.#word * 2 + index] as number;
  }

  #unsigned(index: number): bigint {
    return BigInt.asUintN(64, this.#block.words[this.#word + index] as bigint);
  }

  #time(index: number): bigint {
    const at = this.#word + index;
    return (this.#block.words[at] as bigint) * 1_000_000_000n + BigInt(this.#block.halves[at * 2 + 2] as number);
  }

  get kind(): EntryKind {
    return kindOfMode(this.#half(HALF.mode));
  }

  get nodeId(): bigint {
    const inode = this.#unsigned(WORD.inode);
    const major = this.#half(HALF.devMajor);
    const minor = this.#half(HALF.devMinor);
    return major === this.#device.major && minor === this.#device.minor ? inode : mixNodeId(makeDevice(major, minor), inode);
  }

  get size(): number {
    return this.#half(HALF.sizeLow) + this.#half(HALF.sizeHigh) * FOUR_GIB;
  }

  get modifiedNs(): bigint {
    return this.#time(WORD.modified);
  }

  get changeToken(): bigint {
    return this.#time(WORD.changed);
  }

  get changedNs(): bigint {
    return this.#time(WORD.changed);
  }

  get accessedNs(): bigint {
    return this.#time(WORD.accessed);
  }

  get bornNs(): bigint {
    return this.#time(WORD.born);
  }

  get mode(): number {
    return this.#half(HALF.mode) & 0o7777;
  }

  get uid(): number {
    return this.#half(HALF.uid);
  }

  get gid(): number {
    return this.#half(HALF.gid);
  }

  get links(): number {
    return this.#half(HALF.links);
  }

  get device(): bigint {
    return makeDevice(this.#half(HALF.rdevMajor), this.#half(HALF.rdevMinor));
  }

  get allocatedBytes(): number {
    return (this.#half(HALF.blocksLow) + this.#half(HALF.blocksHigh) * FOUR_GIB) * BYTES_PER_BLOCK_UNIT;
  }

  get fileSystem(): bigint {
    return makeDevice(this.#half(HALF.devMajor), this.#half(HALF.devMinor));
  }

  /** Device numbers of the file system, for `RootDevice`. */
  get rootDevice(): RootDevice {
    return { major: this.#half(HALF.devMajor), minor: this.#half(HALF.devMinor) };
  }
}

/** Kind of the node whose record stands at the start of `memory`. */
export function kindIn(memory: NativeMemory): EntryKind {
  return kindOfMode(memory.bytes.readUInt16LE(HALF.mode * 4));
}

function kindOfMode(mode: number): EntryKind {
  return must(KIND_OF_TYPE[(mode & 0xf000) >> 12], "Linux has seven kinds of nodes");
}

/** A device number as the C library's `makedev` packs it. */
export function makeDevice(major: number, minor: number): bigint {
  if (major < 0x1000 && minor < 0x100) return BigInt((major << 8) | minor);
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xffff_f000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffff_ff00n) << 12n) | (low & 0xffn);
}

/** An id for a node of another device: device and inode through a 64-bit mix, since their inode numbers overlap with the root's. */
export function mixNodeId(device: bigint, inode: bigint): bigint {
  let mixed = BigInt.asUintN(64, (device + 1n) * 0x9e37_79b9_7f4a_7c15n + inode);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn);
  return mixed ^ (mixed >> 31n);
}
