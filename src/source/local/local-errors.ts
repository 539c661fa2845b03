import { displayBytes, joinPath, type ByteString } from "../../shared/bytes.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";
import { AppError } from "../../shared/errors.ts";
import { ERRNO, errnoMeaning, errnoName } from "./errno.ts";

/** An item as people know it: root, directory and name as one path. */
export function displayPath(root: ByteString, directory: ByteString, name: ByteString): string {
  const below = name === "" ? directory : joinPath(directory, name);
  if (below === "") return displayBytes(root);
  return displayBytes((root === "/" ? `/${below}` : `${root}/${below}`) as ByteString);
}

/** What failed on which item, by error number. */
export interface FailedCall {
  readonly doing: string;
  readonly path: string;
  readonly errno: number;
}

function systemError(
  code: ErrorCode,
  call: FailedCall,
  more: { readonly why?: string; readonly hint?: string; readonly retryable?: boolean },
): AppError {
  return new AppError({
    code,
    what: `cannot ${call.doing} ${call.path}`,
    why: more.why ?? errnoMeaning(call.errno),
    hint: more.hint ?? "",
    retryable: more.retryable ?? false,
    data: { path: call.path, errno: errnoName(call.errno) },
  });
}

/** The item is not what its directory's listing showed: it is gone, or something else stands in its place. */
const CHANGED: ReadonlySet<number> = new Set([ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ELOOP, ERRNO.ENXIO, ERRNO.EISDIR]);

/** Failures that may not happen again. */
const PASSING: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EMFILE, ERRNO.ENFILE, ERRNO.ENOMEM, ERRNO.EINTR]);

/** A failed call on an item below the root of a source. */
export function sourceError(call: FailedCall): AppError {
  if (CHANGED.has(call.errno)) {
    const why =
      call.errno === ERRNO.ENOENT
        ? "it was removed or renamed while the backup ran (ENOENT)"
        : `something else took its place while the backup ran (${errnoName(call.errno)})`;
    return systemError("E_SOURCE_CHANGED", call, { why, hint: "the next backup sees it as it then is" });
  }
  const denied = call.errno === ERRNO.EACCES || call.errno === ERRNO.EPERM;
  return systemError("E_SOURCE_READ", call, {
    hint: denied ? "run as a user who may read it, or exclude it" : "",
    retryable: PASSING.has(call.errno),
  });
}

/** A failed call on the root of a source. */
export function sourceRootError(call: FailedCall): AppError {
  if (call.errno === ERRNO.ENOENT || call.errno === ERRNO.ENOTDIR) {
    return systemError("E_SOURCE_MISSING", call, { hint: "check the path; is everything mounted that should be?" });
  }
  return sourceError(call);
}

/** A failed call on an item below the root of a target. */
export function targetError(call: FailedCall): AppError {
  switch (call.errno) {
    case ERRNO.ENOSPC:
    case ERRNO.EDQUOT:
      return systemError("E_TARGET_FULL", call, {
        hint: "free space or choose another target, then run the same restore again: it continues",
      });
    case ERRNO.EEXIST:
    case ERRNO.EISDIR:
    case ERRNO.ENOTEMPTY:
      return systemError("E_TARGET_EXISTS", call, { hint: "move it away, or let the restore replace what is there" });
    case ERRNO.EACCES:
      return systemError("E_TARGET", call, { hint: "run as a user who may write there" });
    default:
      return systemError("E_TARGET", call, { retryable: PASSING.has(call.errno) });
  }
}

/** A directory on the way is a symlink or no directory at all: following it could leave the target. */
export function targetUnsafeError(call: FailedCall): AppError {
  return systemError("E_TARGET_UNSAFE", call, {
    why: `a part of its path is not a real directory in the target (${errnoName(call.errno)})`,
    hint: "remove the symbolic link or file from the target and restore again",
  });
}

/** A failed call on the root of a target. */
export function targetRootError(call: FailedCall): AppError {
  return systemError("E_TARGET_ROOT", call, { hint: "choose a directory you may write to" });
}
