/**
 * System calls on file trees, as thin as they can be. Results below zero mean failure and `lastErrno()` says why, except where a
 * comment says otherwise. Names are relative to a directory descriptor and none of the calls follows a symlink in the last
 * component, except `holdRoot`.
 */
import { constants } from "node:fs";
import type { ByteString } from "../../shared/bytes.ts";
import { toByteString } from "../../shared/bytes.ts";
import { allocateNative, bind, cString, lastErrno, type NativeMemory } from "./native.ts";
import { ERRNO } from "./errno.ts";
import { STAT_STRUCT_BYTES } from "./stat-block.ts";

/** A name in an open directory. */
export interface Place {
  readonly directoryFd: number;
  readonly name: ByteString;
}

/** Flags of `open` for this architecture, and two that Node does not list (the same on x86-64 and arm64). */
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;

/** Ways to open an existing name. Never through a symlink, never inherited by a child process, never waiting for a FIFO's other end. */
export const OPEN: Readonly<Record<"directory" | "readQuietly" | "read" | "readWriteQuietly" | "readWrite" | "node", number>> = {
  directory: O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
  /** Leaves the access time alone; EPERM for files of other users. */
  readQuietly: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME,
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
  readWriteQuietly: O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME,
  readWrite: O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
  /** A handle on the node itself, whatever its kind; does not open it. */
  node: O_PATH | O_NOFOLLOW | O_CLOEXEC,
};

const CREATE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
/** Ask for the effective user, who writes, and not for the real one. */
const AT_EACCESS = 0x200;

/** Basic facts and the birth time. */
const STATX_MASK = 0xfff;
/** A listing never mounts what it looks at. */
const STATX_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

const SEEK_SET = 0;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Calls without a wrapper in every supported C library. */
const SYSCALL = process.arch === "arm64" ? { getdents64: 61, mknodat: 33, openat2: 437 } : { getdents64: 217, mknodat: 259, openat2: 437 };

const RESOLVE_NO_SYMLINKS = 4;
const RESOLVE_BENEATH = 8;

const native = {
  openat: bind("openat", "int", ["int", "uintptr_t", "int", "uint32_t"]),
  close: bind("close", "int", ["int"]),
  statx: bind("statx", "int", ["int", "uintptr_t", "int", "uint32_t", "uintptr_t"]),
  pread: bind("pread", "int64_t", ["int", "void *", "int64_t", "int64_t"]),
  pwrite: bind("pwrite", "int64_t", ["int", "void *", "int64_t", "int64_t"]),
  ftruncate: bind("ftruncate", "int", ["int", "int64_t"]),
  lseek: bind("lseek", "int64_t", ["int", "int64_t", "int"]),
  readlinkat: bind("readlinkat", "int64_t", ["int", "uintptr_t", "uintptr_t", "int64_t"]),
  mkdirat: bind("mkdirat", "int", ["int", "uintptr_t", "uint32_t"]),
  symlinkat: bind("symlinkat", "int", ["uintptr_t", "int", "uintptr_t"]),
  linkat: bind("linkat", "int", ["int", "uintptr_t", "int", "uintptr_t", "int"]),
  unlinkat: bind("unlinkat", "int", ["int", "uintptr_t", "int"]),
  renameat: bind("renameat", "int", ["int", "uintptr_t", "int", "uintptr_t"]),
  fchmod: bind("fchmod", "int", ["int", "uint32_t"]),
  chmod: bind("chmod", "int", ["uintptr_t", "uint32_t"]),
  fchown: bind("fchown", "int", ["int", "uint32_t", "uint32_t"]),
  fchownat: bind("fchownat", "int", ["int", "uintptr_t", "uint32_t", "uint32_t", "int"]),
  faccessat: bind("faccessat", "int", ["int", "uintptr_t", "int", "int"]),
  futimens: bind("futimens", "int", ["int", "uintptr_t"]),
  utimensat: bind("utimensat", "int", ["int", "uintptr_t", "uintptr_t", "int"]),
  syscall3: bind("syscall", "int64_t", ["int64_t", "int64_t", "uintptr_t", "int64_t"]),
  syscall4: bind("syscall", "int64_t", ["int64_t", "int64_t", "uintptr_t", "int64_t", "int64_t"]),
} as const;

const EMPTY = "" as ByteString;

/** Opens a path that the user named: the one call that follows symlinks. The node is not opened, only held. */
export function holdRoot(path: ByteString): number {
  return native.openat(AT_FDCWD, cString(path), O_PATH | O_CLOEXEC, 0);
}

/** Opens the directory behind a held root for good. */
export function openHeldDirectory(fd: number): number {
  return native.openat(fd, cString("." as ByteString), OPEN.directory, 0);
}

/** Opens the node behind a held descriptor; `flags` is one of `OPEN`, its refusal of symlinks left out because the way there is one. */
export function openHeld(fd: number, flags: number): number {
  return native.openat(AT_FDCWD, cString(`/proc/self/fd/${fd}` as ByteString), flags & ~O_NOFOLLOW, 0);
}

/** Opens `name` in a directory; `flags` is one of `OPEN`. Returns a descriptor. */
export function openAt(directoryFd: number, name: ByteString, flags: number): number {
  return native.openat(directoryFd, cString(name), flags, 0);
}

/** Creates `name` for writing; fails when anything is there. Returns a descriptor. */
export function createAt(directoryFd: number, name: ByteString, mode: number): number {
  return native.openat(directoryFd, cString(name), CREATE_FLAGS, mode);
}

/** `struct open_how`: flags, mode, resolve; 64 bits each. */
const openHow: NativeMemory = allocateNative(24);
openHow.bytes.writeBigUInt64LE(BigInt(OPEN.directory), 0);
openHow.bytes.writeBigUInt64LE(BigInt(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), 16);

/** Opens a directory several components below another in one call (openat2, Linux 5.6): no symlink anywhere, no way out. */
export function openDirectoryBeneath(directoryFd: number, path: ByteString): number {
  return native.syscall4(SYSCALL.openat2, directoryFd, cString(path), openHow.address, 24);
}

export function close(fd: number): number {
  return native.close(fd);
}

/** Fills 256 bytes at `outAddress` (see `stat-block.ts`) with the facts of a name. The C string is given by address: the hot path of listing. */
export function statName(directoryFd: number, nameAddress: number, outAddress: number): number {
  return native.statx(directoryFd, nameAddress, STATX_FLAGS, STATX_MASK, outAddress);
}

/** As `statName`, for a name held by JavaScript. */
export function statAt(directoryFd: number, name: ByteString, outAddress: number): number {
  return native.statx(directoryFd, cString(name), STATX_FLAGS, STATX_MASK, outAddress);
}

/** The facts of an open descriptor, also of one that only holds a node. */
export function statFd(fd: number, outAddress: number): number {
  return native.statx(fd, cString(EMPTY), STATX_FLAGS | AT_EMPTY_PATH, STATX_MASK, outAddress);
}

/** The next directory records (`struct linux_dirent64`); returns their bytes, 0 at the end. */
export function readDirents(fd: number, buffer: NativeMemory): number {
  return native.syscall3(SYSCALL.getdents64, fd, buffer.address, buffer.bytes.length);
}

/** Moves a directory descriptor back to its first record. */
export function rewind(fd: number): number {
  return native.lseek(fd, 0, SEEK_SET);
}

/** Reads at `position`; also straight into WASM memory. 0.9 us a small read, `fs.readSync` takes 1.1 us. */
export function readAt(fd: number, into: Uint8Array, position: number): number {
  for (;;) {
    const got = native.pread(fd, into, into.length, position);
    if (got >= 0 || lastErrno() !== ERRNO.EINTR) return got;
  }
}

/** Writes all of `bytes` at `position`; -1 when that failed anywhere. */
export function writeAt(fd: number, bytes: Uint8Array, position: number): number {
  for (let done = 0; done < bytes.length;) {
    const rest = done === 0 ? bytes : bytes.subarray(done);
    const written = native.pwrite(fd, rest, rest.length, position + done);
    if (written < 0 && lastErrno() !== ERRNO.EINTR) return -1;
    done += Math.max(written, 0);
  }
  return bytes.length;
}

export function truncate(fd: number, size: number): number {
  return native.ftruncate(fd, size);
}

/** Start of the next data at or after `position`; ENXIO when there is none. */
export function seekData(fd: number, position: number): number {
  return native.lseek(fd, position, SEEK_DATA);
}

/** Start of the next hole at or after `position`; the end of the file counts as one. */
export function seekHole(fd: number, position: number): number {
  return native.lseek(fd, position, SEEK_HOLE);
}

const linkBuffer = allocateNative(4096);

/** Target of a symlink, or undefined on failure. */
export function readLinkAt(directoryFd: number, name: ByteString): ByteString | undefined {
  const length = native.readlinkat(directoryFd, cString(name), linkBuffer.address, linkBuffer.bytes.length);
  return length < 0 ? undefined : toByteString(linkBuffer.bytes.subarray(0, length));
}

export function makeDirectoryAt(directoryFd: number, name: ByteString, mode: number): number {
  return native.mkdirat(directoryFd, cString(name), mode);
}

export function makeSymlinkAt(directoryFd: number, name: ByteString, linkTarget: ByteString): number {
  return native.symlinkat(cString(linkTarget, 1), directoryFd, cString(name));
}

/** Makes a node of any kind; `mode` includes the file type bits, `device` is as `makedev` packs it. */
export function makeNodeAt(place: Place, mode: number, device: bigint): number {
  return native.syscall4(SYSCALL.mknodat, place.directoryFd, cString(place.name), mode, Number(device & 0xffff_ffffn));
}

/** Makes `to` another name of the node `from`; when `from` is a symlink, of the symlink itself. */
export function linkAt(from: Place, to: Place): number {
  return native.linkat(from.directoryFd, cString(from.name), to.directoryFd, cString(to.name, 1), 0);
}

export function renameAt(from: Place, to: Place): number {
  return native.renameat(from.directoryFd, cString(from.name), to.directoryFd, cString(to.name, 1));
}

export function unlinkAt(directoryFd: number, name: ByteString): number {
  return native.unlinkat(directoryFd, cString(name), 0);
}

export function removeDirectoryAt(directoryFd: number, name: ByteString): number {
  return native.unlinkat(directoryFd, cString(name), AT_REMOVEDIR);
}

/** Whether this user may make entries in an open directory. */
export function mayWriteIn(directoryFd: number): number {
  return native.faccessat(directoryFd, cString("." as ByteString), constants.W_OK | constants.X_OK, AT_EACCESS);
}

/** Makes one directory of a path that the user named, with the permissions usual for this user. */
export function makeNamedDirectory(path: ByteString): number {
  return native.mkdirat(AT_FDCWD, cString(path), 0o777);
}

export function changeMode(fd: number, mode: number): number {
  return native.fchmod(fd, mode);
}

/** Changes the mode of a node that is only held (`OPEN.node`): `fchmod` refuses such descriptors. Never call it for a symlink. */
export function changeHeldMode(fd: number, mode: number): number {
  return native.chmod(cString(`/proc/self/fd/${fd}` as ByteString), mode);
}

export function changeOwner(fd: number, uid: number, gid: number): number {
  return native.fchown(fd, uid, gid);
}

export function changeOwnerAt(place: Place, uid: number, gid: number): number {
  return native.fchownat(place.directoryFd, cString(place.name), uid, gid, AT_SYMLINK_NOFOLLOW);
}

/** Two `struct timespec`: access, then modification. */
const times = allocateNative(32);
const timeWords = new BigInt64Array(times.bytes.buffer);
const NS_PER_SECOND = 1_000_000_000n;

function packTime(word: number, ns: bigint): void {
  const rest = ns % NS_PER_SECOND;
  const nanoseconds = rest < 0n ? rest + NS_PER_SECOND : rest;
  timeWords[word] = (ns - nanoseconds) / NS_PER_SECOND;
  timeWords[word + 1] = nanoseconds;
}

export function changeTimes(fd: number, accessedNs: bigint, modifiedNs: bigint): number {
  packTime(0, accessedNs);
  packTime(2, modifiedNs);
  return native.futimens(fd, times.address);
}

export function changeTimesAt(place: Place, accessedNs: bigint, modifiedNs: bigint): number {
  packTime(0, accessedNs);
  packTime(2, modifiedNs);
  return native.utimensat(place.directoryFd, cString(place.name), times.address, AT_SYMLINK_NOFOLLOW);
}

/** Facts about one node go here when nobody keeps them. */
export const scratchStat: NativeMemory = allocateNative(STAT_STRUCT_BYTES);
