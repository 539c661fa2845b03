import { ENTRY_KIND } from "../../format/entry.ts";
import { joinPath, type ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import type { DirectoryHandle } from "./directory-handles.ts";
import { ERRNO } from "./errno.ts";
import { removeDirectoryAt, rewind, unlinkAt } from "./libc.ts";
import { listNodes } from "./list-nodes.ts";
import { lastErrno } from "./native.ts";
import type { StatArena } from "./stat-block.ts";
import type { TargetDirectories } from "./target-directories.ts";

/** How often one directory is emptied before it counts as one that somebody else keeps filling. */
const PASSES_MAX = 5;

interface Pending {
  readonly directory: ByteString;
  readonly name: ByteString;
  passes: number;
}

/** What removing needs of its target. */
export interface RemoveContext {
  readonly directories: TargetDirectories;
  readonly arena: StatArena;
  /** Makes a directory of this user enterable and writable. */
  readonly makeEnterable: (directory: ByteString, name: ByteString) => void;
}

/** Removes an entry and everything below it, deepest first, never through a symlink. Nothing there is fine. */
export function removeTree(context: RemoveContext, directory: ByteString, name: ByteString): void {
  const spot = context.directories.spot(directory, name);
  if (unlinkAt(spot.handle.fd, name) === 0) return;
  const errno = lastErrno();
  if (errno === ERRNO.ENOENT) return;
  if (errno !== ERRNO.EISDIR && errno !== ERRNO.EPERM) throw context.directories.failure("remove", spot, errno);
  const pending: Pending[] = [{ directory, name, passes: 0 }];
  for (let last = pending.at(-1); last !== undefined; last = pending.at(-1)) {
    const error = removeEmpty(context, last);
    if (error === undefined) pending.pop();
    else if (last.passes === PASSES_MAX) throw error;
    else for (const inner of empty(context, last)) pending.push(inner);
  }
}

/** Removes the directory when it is empty; else says why it could not. Throws when emptying it would not help. */
function removeEmpty(context: RemoveContext, item: Pending): AppError | undefined {
  const spot = context.directories.spot(item.directory, item.name);
  const removed = removeDirectoryAt(spot.handle.fd, item.name) === 0;
  const errno = removed ? 0 : lastErrno();
  if (removed || errno === ERRNO.ENOENT) {
    context.directories.handles.forget(joinPath(item.directory, item.name));
    return undefined;
  }
  const error = context.directories.failure("remove", spot, errno);
  if (errno !== ERRNO.ENOTEMPTY && errno !== ERRNO.EEXIST) throw error;
  return error;
}

/** Removes all but the directories in a directory, and returns those. */
function empty(context: RemoveContext, item: Pending): Pending[] {
  item.passes += 1;
  context.makeEnterable(item.directory, item.name);
  const path = joinPath(item.directory, item.name);
  const handle = context.directories.handles.open(path);
  handle.pins += 1;
  try {
    return emptyHandle(context, handle);
  } finally {
    handle.release();
  }
}

function emptyHandle(context: RemoveContext, handle: DirectoryHandle): Pending[] {
  const inner: Pending[] = [];
  const failure = (doing: string, name: ByteString, errno: number): AppError => context.directories.failure(doing, { handle, name }, errno);
  const hooks = {
    listingFailed: (errno: number) => failure("list", "" as ByteString, errno),
    entryFailed: (name: ByteString, errno: number) => {
      throw failure("look at", name, errno);
    },
  };
  rewind(handle.fd);
  for (const batch of listNodes(handle.fd, context.arena, hooks)) {
    for (const { kind, name } of batch) {
      if (kind === ENTRY_KIND.directory) inner.push({ directory: handle.path, name, passes: 0 });
      else if (unlinkAt(handle.fd, name) < 0 && lastErrno() !== ERRNO.ENOENT) throw failure("remove", name, lastErrno());
    }
  }
  return inner;
}
