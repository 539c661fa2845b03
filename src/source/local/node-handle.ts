import { ENTRY_KIND } from "../../format/entry.ts";
import { ERRNO } from "./errno.ts";
import type { NodeHandle } from "./libc-attributes.ts";
import {
  changeHeldMode,
  changeMode,
  changeOwner,
  changeOwnerAt,
  changeTimes,
  changeTimesAt,
  close,
  OPEN,
  openAt,
  scratchStat,
  statAt,
  statFd,
  type Place,
} from "./libc.ts";
import { lastErrno, setErrno } from "./native.ts";
import { kindIn } from "./stat-block.ts";

/** Metadata calls on a node that is either open or only named; a named symlink is never followed. Results as in `libc.ts`. */
export function statNode(node: NodeHandle, outAddress: number): number {
  return typeof node === "number" ? statFd(node, outAddress) : statAt(node.directoryFd, node.name, outAddress);
}

export function changeNodeOwner(node: NodeHandle, uid: number, gid: number): number {
  return typeof node === "number" ? changeOwner(node, uid, gid) : changeOwnerAt(node, uid, gid);
}

export function changeNodeTimes(node: NodeHandle, accessedNs: bigint, modifiedNs: bigint): number {
  return typeof node === "number" ? changeTimes(node, accessedNs, modifiedNs) : changeTimesAt(node, accessedNs, modifiedNs);
}

export function changeNodeMode(node: NodeHandle, mode: number): number {
  return typeof node === "number" ? changeMode(node, mode) : changePlaceMode(node, mode);
}

/** There is no chmod that does not follow symlinks in every supported system: hold the node, look at it, change what is held. */
function changePlaceMode(place: Place, mode: number): number {
  const fd = openAt(place.directoryFd, place.name, OPEN.node);
  if (fd < 0) return fd;
  let result = statFd(fd, scratchStat.address);
  let errno = lastErrno();
  if (result === 0 && kindIn(scratchStat) === ENTRY_KIND.symlink) [result, errno] = [-1, ERRNO.ELOOP];
  else if (result === 0) {
    result = changeHeldMode(fd, mode);
    errno = lastErrno();
  }
  close(fd);
  if (result < 0) setErrno(errno);
  return result;
}
