/** The error numbers this room decides by or names; the same on x86-64 and arm64. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOVERFLOW: 75,
  ENOTSUP: 95,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ERRNO).map(([name, number]) => [number, name]));

/** What a person should know about a system error; the symbolic name stands beside it. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "the system does not permit it for this user",
  ENOENT: "it does not exist",
  ENOTDIR: "something on the way is not a directory",
  EISDIR: "a directory is there",
  EEXIST: "something is there already",
  ELOOP: "a symbolic link is there",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is mounted read-only",
  EIO: "the device reports a read or write error",
  ENAMETOOLONG: "the name is longer than the file system allows",
  ENOTSUP: "the file system does not support it",
  EFBIG: "the file is larger than the file system or the user's limit allows",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
  EMLINK: "the file has as many hard links as the file system allows",
  EXDEV: "the two names are on different file systems",
  EBUSY: "it is in use",
  ESTALE: "the network file system lost it",
  ENOTEMPTY: "the directory is not empty",
  EINVAL: "the file system does not accept the value",
  ETXTBSY: "it is a program that is running",
};

/** Symbolic name of an error number, such as ENOENT. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/** One phrase for a person, the symbolic name included. */
export function errnoMeaning(errno: number): string {
  const name = errnoName(errno);
  const meaning = MEANINGS[name];
  return meaning === undefined ? name : `${meaning} (${name})`;
}
