import { ENTRY_KIND, type EntryKind } from "../../format/entry.ts";
import { AppError } from "../../shared/errors.ts";
import { must } from "../../shared/assert.ts";
import type { TargetEntry } from "../target.ts";
import { ERRNO } from "./errno.ts";
import { linkAt, makeNodeAt, makeSymlinkAt, renameAt, scratchStat, statAt, unlinkAt, type Place } from "./libc.ts";
import { lastErrno } from "./native.ts";
import { kindIn } from "./stat-block.ts";
import type { Spot } from "./target-directories.ts";
import type { FileContext } from "./target-files.ts";
import type { TempNames } from "./temp-names.ts";

/** File type bits that mknod wants. */
const NODE_TYPE: ReadonlyMap<EntryKind, number> = new Map([
  [ENTRY_KIND.fifo, 0o010000],
  [ENTRY_KIND.characterDevice, 0o020000],
  [ENTRY_KIND.blockDevice, 0o060000],
  [ENTRY_KIND.socket, 0o140000],
]);

const NODE_MODE_UNTIL_FINISHED = 0o600;

/** How one item is made at a place; below zero on failure. `finish` completes it before it takes its final name. */
interface Making<T> {
  readonly doing: string;
  readonly make: (place: Place) => number;
  readonly finish: (place: Place) => T;
}

/** Puts items into directories that are made by one call: symlinks, FIFOs, sockets, device nodes, hard links. */
export class TargetPlacer {
  readonly #context: FileContext;
  readonly #temps: TempNames;
  readonly #privileged: boolean;

  constructor(context: FileContext, options: { readonly temps: TempNames; readonly privileged: boolean }) {
    this.#context = context;
    this.#temps = options.temps;
    this.#privileged = options.privileged;
  }

  makeSpecial(spot: Spot, entry: TargetEntry, replace: boolean): readonly AppError[] {
    const isDevice = entry.kind === ENTRY_KIND.characterDevice || entry.kind === ENTRY_KIND.blockDevice;
    if (isDevice && !this.#privileged) return [this.#deviceLeftOut(spot)];
    const { directories, metadata } = this.#context;
    const item = { path: directories.shown(spot.handle.path, spot.name) };
    return this.#put(spot, replace, {
      doing: "make",
      make: (place) =>
        entry.kind === ENTRY_KIND.symlink ? makeSymlinkAt(place.directoryFd, place.name, entry.linkTarget) : makeNode(place, entry),
      finish: (place) => metadata.apply(place, entry, { item, mayHaveAttributes: directories.inheritsAcl(spot.handle) }),
    });
  }

  link(from: Spot, to: Spot, replace: boolean): void {
    const source = placeOf(from);
    if (replace && sameNode(source, placeOf(to))) return;
    this.#put(to, replace, { doing: "link", make: (place) => linkAt(source, place), finish: () => undefined });
  }

  /** Makes an item in place, or beside and then renamed over what is there, so that a failure leaves the old item alone. */
  #put<T>(spot: Spot, replace: boolean, making: Making<T>): T {
    const place = placeOf(spot);
    if (making.make(place) === 0) return making.finish(place);
    const errno = lastErrno();
    if (errno !== ERRNO.EEXIST || !replace) throw this.#context.directories.failure(making.doing, spot, errno);
    const beside = { directoryFd: spot.handle.fd, name: this.#temps.next() };
    if (making.make(beside) < 0) throw this.#context.directories.failure(making.doing, spot, lastErrno());
    const result = making.finish(beside);
    if (renameAt(beside, place) === 0) return result;
    const renameErrno = lastErrno();
    unlinkAt(beside.directoryFd, beside.name);
    throw this.#context.directories.failure("replace", spot, renameErrno);
  }

  #deviceLeftOut(spot: Spot): AppError {
    const path = this.#context.directories.shown(spot.handle.path, spot.name);
    return new AppError({
      code: "E_TARGET",
      what: `left out the device node ${path}`,
      why: "a restore by a plain user makes no device nodes",
      hint: "restore as root to have it",
      data: { path },
    });
  }
}

function makeNode(place: Place, entry: TargetEntry): number {
  const type = must(NODE_TYPE.get(entry.kind), "makeSpecial is for symlinks and special files");
  return makeNodeAt(place, type | NODE_MODE_UNTIL_FINISHED, entry.device);
}

function placeOf(spot: Spot): Place {
  return { directoryFd: spot.handle.fd, name: spot.name };
}

/** Both names exist and are one node. Renaming one hard link over another does nothing and leaves both, so this is asked first. */
function sameNode(one: Place, other: Place): boolean {
  const first = identity(one);
  return first !== undefined && first === identity(other);
}

function identity(place: Place): string | undefined {
  if (statAt(place.directoryFd, place.name, scratchStat.address) < 0) return undefined;
  return `${kindIn(scratchStat)} ${scratchStat.bytes.subarray(0x20, 0x28).toString("hex")} ${scratchStat.bytes.subarray(0x88, 0x90).toString("hex")}`;
}
