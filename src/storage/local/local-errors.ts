import { AppError, systemCode } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const full: Meaning = {
  code: "E_STORE_FULL",
  why: "the file system has no space left",
  hint: "free space or run varve prune, then run again",
};
const quota: Meaning = {
  code: "E_STORE_FULL",
  why: "the disk quota is used up",
  hint: "raise the quota or run varve prune, then run again",
};
const denied: Meaning = {
  code: "E_STORE_DENIED",
  why: "this user may not do that there",
  hint: "check owner and mode of the repository folder",
};
const readOnly: Meaning = { code: "E_STORE_DENIED", why: "the file system is mounted read-only", hint: "mount it writable" };
const busy: Meaning = {
  code: "E_STORE_UNAVAILABLE",
  why: "the file system does not answer or too many files are open",
  hint: "check the mount and the limit of open files, then run again",
  retryable: true,
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: quota,
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
  EMFILE: busy,
  ENFILE: busy,
  EAGAIN: busy,
  EBUSY: busy,
  EINTR: busy,
  ETIMEDOUT: busy,
  EHOSTDOWN: busy,
  EHOSTUNREACH: busy,
  ENOTCONN: busy,
  ESTALE: busy,
};

const final: Meaning = { code: "E_STORE", why: "the file system reports an error", hint: "check the disk and the system log" };

/** What a failed file system call means for the store. `doing` completes "cannot ...". Abort reasons and `AppError`s pass unchanged. */
export function localError(error: unknown, doing: string, key?: string): unknown {
  const system = systemCode(error);
  if (error instanceof AppError || !/^E[A-Z0-9]+$/.test(system)) return error;
  const { code, why, hint, retryable } = MEANINGS[system] ?? final;
  return new AppError({
    code,
    what: `cannot ${doing}`,
    why: `${why} (${system})`,
    hint,
    retryable: retryable ?? false,
    cause: error,
    data: { systemCode: system, ...(key === undefined ? {} : { key }) },
  });
}

/** The folder of the repository is not there. */
export function folderMissing(root: string): AppError {
  return new AppError({
    code: "E_STORE_CONTAINER",
    what: `there is no folder ${root}`,
    why: "it does not exist, or its disk is not mounted",
    hint: "mount the disk, or make a new repository with varve init",
    data: { path: root },
  });
}
