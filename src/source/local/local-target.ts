import { ENTRY_KIND } from "../../format/entry.ts";
import { joinPath, type ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import type { BesideTarget } from "../beside-target.ts";
import type { SourceNode } from "../source.ts";
import type { FolderTargetSpec, Target, TargetEntry } from "../target.ts";
import { AccountNames } from "./account-names.ts";
import { ERRNO } from "./errno.ts";
import {
  changeHeldMode,
  close,
  createAt,
  holdRoot,
  makeDirectoryAt,
  makeNamedDirectory,
  mayWriteIn,
  OPEN,
  openAt,
  openHeldDirectory,
  rewind,
  statAt,
  statFd,
  unlinkAt,
} from "./libc.ts";
import { listNodes } from "./list-nodes.ts";
import { displayPath, targetRootError } from "./local-errors.ts";
import { Metadata } from "./metadata.ts";
import { lastErrno } from "./native.ts";
import { removeTree, type RemoveContext } from "./remove-tree.ts";
import { StatArena, type LocalNode } from "./stat-block.ts";
import { TargetDirectories, type Spot } from "./target-directories.ts";
import { MendedFile, NewFile, ReplacingFile, type FileContext } from "./target-files.ts";
import { TargetPlacer } from "./target-placer.ts";
import { TempNames, tempNameState } from "./temp-names.ts";

/** A local target as asked for; `reportOwner` is explained at `MetadataPolicy`. */
export interface LocalTargetSpec extends FolderTargetSpec {
  readonly reportOwner?: boolean;
}

const EMPTY = "" as ByteString;
const FILE_MODE_UNTIL_FINISHED = 0o600;
const DIRECTORY_MODE_UNTIL_FINISHED = 0o700;
const OWNER_BITS = 0o700;

/** Reasons not to mend a file in place that replacing it may get around. */
const NOT_MENDABLE: ReadonlySet<number> = new Set([
  ERRNO.EACCES,
  ERRNO.EPERM,
  ERRNO.ETXTBSY,
  ERRNO.ENOENT,
  ERRNO.ELOOP,
  ERRNO.ENXIO,
  ERRNO.EISDIR,
]);

/** Reasons not to write to a file that do not keep anybody from reading it. */
const NOT_WRITABLE: ReadonlySet<number> = new Set([ERRNO.EACCES, ERRNO.EPERM, ERRNO.ETXTBSY, ERRNO.EROFS]);

/** A file tree of this machine, written by directory handles. */
export class LocalTarget implements Target, BesideTarget {
  readonly #superuser: boolean;
  readonly #directories: TargetDirectories;
  readonly #metadata: Metadata;
  readonly #arena = new StatArena();
  readonly #temps: TempNames;
  readonly #placer: TargetPlacer;
  readonly #files: FileContext;

  /** Makes the root directory when it is missing. Throws E_TARGET_ROOT. */
  constructor(spec: LocalTargetSpec, deps: { readonly random: Random }) {
    this.#superuser = process.geteuid?.() === 0;
    this.#directories = new TargetDirectories(openRoot(spec.path, this.#arena), spec.path);
    const policy = { owner: spec.owner, privileged: spec.privileged, reportOwner: spec.reportOwner ?? false, superuser: this.#superuser };
    this.#metadata = new Metadata(policy, new AccountNames());
    this.#temps = new TempNames(deps.random);
    this.#files = { directories: this.#directories, metadata: this.#metadata, arena: this.#arena };
    this.#placer = new TargetPlacer(this.#files, { temps: this.#temps, privileged: spec.privileged });
  }

  /** Items that kept this user as owner because a plain user cannot give files away; for one remark at the end. */
  get foreignOwners(): number {
    return this.#metadata.foreignOwners;
  }

  makeDirectory(directory: ByteString, name: ByteString, replace: boolean): "created" | "exists" {
    const spot = this.#directories.spot(directory, name);
    if (this.#tryMakeDirectory(spot)) return "created";
    const there = this.#look(spot);
    if (there?.kind === ENTRY_KIND.directory) {
      this.#makeEnterable(spot, there);
      return "exists";
    }
    if (!replace) throw this.#directories.failure("make directory", spot, ERRNO.EEXIST);
    if (there !== undefined && unlinkAt(spot.handle.fd, name) < 0) throw this.#directories.failure("replace", spot, lastErrno());
    if (!this.#tryMakeDirectory(spot)) throw this.#directories.failure("make directory", spot, ERRNO.EEXIST);
    // A handle kept under this path is of a directory that is no longer here.
    this.#directories.handles.forget(joinPath(directory, name));
    return "created";
  }

  look(directory: ByteString, name: ByteString): SourceNode | undefined {
    return this.#look(this.#directories.spot(directory, name));
  }

  /** Without what this or another running restore is just building; what a killed one has left is removed. */
  list(directory: ByteString): readonly SourceNode[] {
    const handle = this.#directories.handles.open(directory);
    const failure = (doing: string, name: ByteString, errno: number): AppError => this.#directories.failure(doing, { handle, name }, errno);
    const hooks = {
      listingFailed: (errno: number) => failure("list", EMPTY, errno),
      entryFailed: (name: ByteString, errno: number) => {
        throw failure("look at", name, errno);
      },
    };
    const nodes: SourceNode[] = [];
    rewind(handle.fd);
    for (const batch of listNodes(handle.fd, this.#arena, hooks)) {
      for (const node of batch) {
        const state = tempNameState(node.name);
        if (state === "leftover") unlinkAt(handle.fd, node.name);
        else if (state === "ordinary") nodes.push(node);
      }
    }
    return nodes;
  }

  createFile(directory: ByteString, name: ByteString, replace: boolean): NewFile | ReplacingFile {
    const spot = this.#directories.spot(directory, name);
    this.#directories.inheritsAcl(spot.handle);
    const fd = createAt(spot.handle.fd, name, FILE_MODE_UNTIL_FINISHED);
    if (fd >= 0) return new NewFile(fd, this.#files, spot);
    const errno = lastErrno();
    if (errno !== ERRNO.EEXIST || !replace) throw this.#directories.failure("create", spot, errno);
    if (this.#look(spot)?.kind === ENTRY_KIND.directory) throw this.#directories.failure("create", spot, ERRNO.EISDIR);
    return this.#besides(spot, true);
  }

  createBeside(directory: ByteString, name: ByteString, replace: boolean): ReplacingFile {
    const spot = this.#directories.spot(directory, name);
    this.#directories.inheritsAcl(spot.handle);
    const there = this.#look(spot);
    if (there !== undefined && (!replace || there.kind === ENTRY_KIND.directory))
      throw this.#directories.failure("create", spot, there.kind === ENTRY_KIND.directory ? ERRNO.EISDIR : ERRNO.EEXIST);
    return this.#besides(spot, replace);
  }

  removeLeftovers(directory: ByteString): void {
    const handle = this.#directories.handles.open(directory);
    const failure = (doing: string, name: ByteString, errno: number): AppError => this.#directories.failure(doing, { handle, name }, errno);
    const hooks = { listingFailed: (errno: number) => failure("list", EMPTY, errno), entryFailed: () => undefined };
    rewind(handle.fd);
    for (const batch of listNodes(handle.fd, this.#arena, hooks))
      for (const { name } of batch) if (tempNameState(name) === "leftover") unlinkAt(handle.fd, name);
  }

  openExisting(directory: ByteString, name: ByteString): MendedFile | undefined {
    const spot = this.#directories.spot(directory, name);
    // Looked at before it is opened: opening a device can act on it.
    if (!isMendable(this.#look(spot))) return undefined;
    const forWriting = openQuietly(spot, OPEN.readWriteQuietly, OPEN.readWrite);
    const writable = forWriting >= 0;
    const fd = writable || !NOT_WRITABLE.has(lastErrno()) ? forWriting : openQuietly(spot, OPEN.readQuietly, OPEN.read);
    if (fd < 0) {
      const errno = lastErrno();
      if (NOT_MENDABLE.has(errno)) return undefined;
      throw this.#directories.failure("open", spot, errno);
    }
    const opened = statFd(fd, this.#arena.next()) < 0 ? undefined : this.#arena.keep(name);
    if (opened !== undefined && isMendable(opened)) return new MendedFile(fd, this.#files, { spot, size: opened.size, writable });
    close(fd);
    return undefined;
  }

  makeSpecial(directory: ByteString, entry: TargetEntry, replace: boolean): readonly AppError[] {
    return this.#placer.makeSpecial(this.#directories.spot(directory, entry.name), entry, replace);
  }

  link(...[directory, name, existing, replace]: Parameters<Target["link"]>): void {
    const from = this.#directories.spot(existing.directory, existing.name);
    from.handle.pins += 1;
    try {
      this.#placer.link(from, this.#directories.spot(directory, name), replace);
    } finally {
      from.handle.release();
    }
  }

  finishDirectory(directory: ByteString, name: ByteString, entry: TargetEntry): readonly AppError[] {
    const directories = this.#directories;
    const handle = directories.directory(directory, name);
    if (statFd(handle.fd, this.#arena.next()) < 0) throw directories.failure("look at", { handle, name: EMPTY }, lastErrno());
    const item = {
      get path(): string {
        return directories.shown(handle.path);
      },
    };
    const errors = this.#metadata.apply(handle.fd, entry, { item, current: this.#arena.keep(name), mayHaveAttributes: true });
    directories.handles.forget(handle.path);
    return errors;
  }

  remove(directory: ByteString, name: ByteString): void {
    removeTree(this.#removeContext(), directory, name);
  }

  close(): void {
    this.#directories.handles.close();
  }

  #besides(spot: Spot, replace: boolean): ReplacingFile {
    const temp = this.#temps.next();
    const fd = createAt(spot.handle.fd, temp, FILE_MODE_UNTIL_FINISHED);
    if (fd < 0) throw this.#directories.failure("create", spot, lastErrno());
    return new ReplacingFile(fd, this.#files, { spot, temp, replace });
  }

  #tryMakeDirectory({ handle, name }: Spot): boolean {
    if (makeDirectoryAt(handle.fd, name, DIRECTORY_MODE_UNTIL_FINISHED) === 0) return true;
    const errno = lastErrno();
    if (errno !== ERRNO.EEXIST) throw this.#directories.failure("make directory", { handle, name }, errno);
    return false;
  }

  #look(spot: Spot): LocalNode | undefined {
    if (statAt(spot.handle.fd, spot.name, this.#arena.next()) === 0) return this.#arena.keep(spot.name);
    const errno = lastErrno();
    if (errno === ERRNO.ENOENT) return undefined;
    throw this.#directories.failure("look at", spot, errno);
  }

  /** A plain user's own directory may forbid him to write; it gets its final mode when it is finished. */
  #makeEnterable({ handle, name }: Spot, there: LocalNode): void {
    if (this.#superuser || (there.mode & OWNER_BITS) === OWNER_BITS || there.uid !== process.geteuid?.()) return;
    const fd = openAt(handle.fd, name, OPEN.node);
    if (fd < 0) return;
    if (statFd(fd, this.#arena.next()) === 0 && this.#arena.keep(name).kind === ENTRY_KIND.directory)
      changeHeldMode(fd, there.mode | OWNER_BITS);
    close(fd);
  }

  #removeContext(): RemoveContext {
    return {
      directories: this.#directories,
      arena: this.#arena,
      makeEnterable: (directory, name) => {
        const spot = this.#directories.spot(directory, name);
        const there = this.#look(spot);
        if (there?.kind === ENTRY_KIND.directory) this.#makeEnterable(spot, there);
      },
    };
  }
}

/** Opens without touching the access time where that is allowed. */
function openQuietly({ handle, name }: Spot, quietly: number, plainly: number): number {
  const fd = openAt(handle.fd, name, quietly);
  return fd < 0 && lastErrno() === ERRNO.EPERM ? openAt(handle.fd, name, plainly) : fd;
}

function isMendable(node: LocalNode | undefined): boolean {
  return node?.kind === ENTRY_KIND.file && node.links === 1;
}

/** The root directory, made when missing and resolved once: what happens to its path later does not matter. */
function openRoot(path: ByteString, arena: StatArena): number {
  const made = makeMissing(path);
  const held = made === 0 ? holdRoot(path) : -1;
  const fd = held < 0 ? held : openHeldDirectory(held);
  const errno = made !== 0 ? made : fd < 0 || mayWriteIn(fd) < 0 ? lastErrno() : 0;
  if (held >= 0) close(held);
  if (errno !== 0) {
    if (fd >= 0) close(fd);
    throw targetRootError({ doing: "use as target", path: displayPath(path, EMPTY, EMPTY), errno });
  }
  if (statFd(fd, arena.next()) === 0) arena.device = arena.keep(EMPTY).rootDevice;
  return fd;
}

/** Makes a directory and those above it; other threads may do the same. Returns 0 or the error number. */
function makeMissing(path: ByteString): number {
  if (makeNamedDirectory(path) === 0) return 0;
  const errno = lastErrno();
  if (errno === ERRNO.EEXIST) return 0;
  const parent = path.slice(0, Math.max(path.replace(/\/+$/, "").lastIndexOf("/"), 0)) as ByteString;
  if (errno !== ERRNO.ENOENT || parent === "") return errno;
  const failed = makeMissing(parent);
  if (failed !== 0) return failed;
  return makeNamedDirectory(path) === 0 || lastErrno() === ERRNO.EEXIST ? 0 : lastErrno();
}
