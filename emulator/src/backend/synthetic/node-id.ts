/**
 * Ids carry where a node lies, so that nothing has to be remembered: 27 bits of directory, 28 of slot, 8 of incarnation. A directory's
 * own id has an empty slot; the root's is 0.
 */
export interface FilePlace {
  /** Number of the directory the file lies in; 0 is the root. */
  readonly dir: number;
  readonly slot: number;
}

const SLOT_BITS = 28n;
const INCARNATION_BITS = 8n;

/** No directory has as many slots. */
export const SLOTS_MAX: number = 2 ** 27;
const SLOT_MASK = (1n << SLOT_BITS) - 1n;

/** The id of a directory. */
export function directoryId(dir: number): bigint {
  return BigInt(dir) << (SLOT_BITS + INCARNATION_BITS);
}

/** The id of a file; a file that replaced another in its place is another incarnation. */
export function fileIdOf({ dir, slot }: FilePlace, incarnation: number): bigint {
  return directoryId(dir) | (BigInt(slot + 1) << INCARNATION_BITS) | BigInt(incarnation & 0xff);
}

/** What an id says: the directory itself when there is no slot. */
export function placeOf(id: bigint): { readonly dir: number; readonly slot: number | undefined } {
  const slot = Number((id >> INCARNATION_BITS) & SLOT_MASK);
  return { dir: Number(id >> (SLOT_BITS + INCARNATION_BITS)), slot: slot === 0 ? undefined : slot - 1 };
}
