import type { ByteString } from "../../shared/bytes.ts";
import { ERRNO } from "./errno.ts";
import { readDirents, statName } from "./libc.ts";
import { allocateNative, lastErrno } from "./native.ts";
import type { LocalNode, StatArena } from "./stat-block.ts";

/** `struct linux_dirent64`: where its record length and its name are, and the shortest record there is. */
const RECORD_LENGTH = 16;
const RECORD_NAME = 19;
const RECORD_BYTES_MIN = 24;

/** Most nodes in a batch. The buffer of names holds no more than that, so one call of getdents64 makes one batch. */
export const BATCH_NODES_MAX = 1000;
const NAMES_BYTES = BATCH_NODES_MAX * RECORD_BYTES_MIN;

const DOT = 0x2e;

/** Shared by all listings of a thread: it is filled and used up before a batch leaves. */
const names = allocateNative(NAMES_BYTES);

/** What happens beside the nodes themselves. Both may throw to end the listing. */
export interface ListHooks {
  /** The directory itself could not be read further. */
  listingFailed(errno: number): Error;
  /** The facts of one entry could not be had. */
  entryFailed(name: ByteString, errno: number): void;
}

/**
 * The entries of an open directory from its current position, in batches. An entry that vanishes between reading the directory
 * and asking for its facts is left out, as if it had been removed before.
 */
export function* listNodes(fd: number, arena: StatArena, hooks: ListHooks): Generator<LocalNode[]> {
  for (;;) {
    const filled = readDirents(fd, names);
    if (filled < 0) throw hooks.listingFailed(lastErrno());
    if (filled === 0) return;
    const batch = statRecords(fd, filled, { arena, hooks });
    if (batch.length > 0) yield batch;
  }
}

/** 1.9 us an entry on tmpfs, of which the system call is 1.1. */
function statRecords(fd: number, filled: number, to: { arena: StatArena; hooks: ListHooks }): LocalNode[] {
  const { bytes, address } = names;
  const { arena, hooks } = to;
  const batch: LocalNode[] = [];
  for (let at = 0, next = 0; at < filled; at = next) {
    next = at + bytes.readUInt16LE(at + RECORD_LENGTH);
    const start = at + RECORD_NAME;
    if (isDots(bytes, start)) continue;
    if (statName(fd, address + start, arena.next()) === 0) {
      batch.push(arena.keep(nameAt(bytes, start, next)));
      continue;
    }
    const errno = lastErrno();
    if (errno !== ERRNO.ENOENT) hooks.entryFailed(nameAt(bytes, start, next), errno);
  }
  return batch;
}

function isDots(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== DOT) return false;
  return bytes[start + 1] === 0 || (bytes[start + 1] === DOT && bytes[start + 2] === 0);
}

/** Records are padded to 8 bytes: the name's NUL is among the last eight. */
function nameAt(bytes: Buffer, start: number, next: number): ByteString {
  let end = Math.max(start, next - 8);
  while (bytes[end] !== 0) end += 1;
  return bytes.toString("latin1", start, end) as ByteString;
}
