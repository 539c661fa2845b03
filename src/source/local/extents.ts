import type { Extent } from "../../format/entry.ts";
import { ERRNO } from "./errno.ts";
import { seekData, seekHole } from "./libc.ts";
import { lastErrno } from "./native.ts";

/** Extents told apart in one file. What follows the last one is taken as data: it is read and stored, holes as zeros. */
const EXTENTS_MAX = 65_536;

/** Data extents of an open file; undefined when it has no hole or the file system does not tell; or the error number. */
export function readExtents(fd: number, size: number): readonly Extent[] | undefined | number {
  const extents: Extent[] = [];
  for (let position = 0; position < size;) {
    const start = seekData(fd, position);
    if (start < 0) {
      const errno = lastErrno();
      if (errno === ERRNO.ENXIO) break;
      return errno === ERRNO.EINVAL ? undefined : errno;
    }
    if (start >= size) break;
    const hole = extents.length === EXTENTS_MAX - 1 ? size : seekHole(fd, start);
    if (hole < 0) return lastErrno();
    const end = Math.min(hole, size);
    extents.push({ offset: start, length: end - start });
    position = end;
  }
  const [first] = extents;
  return first !== undefined && first.offset === 0 && first.length === size ? undefined : extents;
}
