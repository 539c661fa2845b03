/** What a class of failure means to scripts (exit code) and to retry logic. */
interface CodeFacts {
  readonly exitCode: number;
  readonly meaning: string;
}

/** The closed list of error codes. */
export type ErrorCode =
  | "E_USAGE"
  | "E_CONFIG"
  | "E_ABORTED"
  | "E_INTERNAL"
  | "E_INCOMPLETE"
  | "E_DIFFERENCE"
  | "E_NOT_FOUND"
  | "E_REPO_NOT_FOUND"
  | "E_REPO_EXISTS"
  | "E_REPO_VERSION"
  | "E_PASSWORD"
  | "E_PASSWORD_MISSING"
  | "E_FENCED"
  | "E_CORRUPT"
  | "E_OBJECT_NOT_FOUND"
  | "E_STORE_UNAVAILABLE"
  | "E_STORE_DENIED"
  | "E_STORE_CONTAINER"
  | "E_STORE_FULL"
  | "E_STORE"
  | "E_SOURCE_MISSING"
  | "E_SOURCE_READ"
  | "E_SOURCE_CHANGED"
  | "E_SOURCE_EMPTY"
  | "E_SHARE"
  | "E_SHARE_DENIED"
  | "E_SHARE_UNAVAILABLE"
  | "E_TARGET"
  | "E_TARGET_FULL"
  | "E_TARGET_ROOT"
  | "E_TARGET_UNSAFE"
  | "E_TARGET_EXISTS"
  | "E_CATALOG"
  | "E_PLATFORM";

/**
 * What each code stands for. The exit code is decided here and nowhere else.
 * Every code is explained in `docs/errors.md`; a house test compares the two.
 */
export const ERROR_CODES: Readonly<Record<ErrorCode, CodeFacts>> = {
  E_USAGE: { exitCode: 2, meaning: "the command line is not understood" },
  E_CONFIG: { exitCode: 2, meaning: "a setting or the configuration file is not valid" },
  E_ABORTED: { exitCode: 130, meaning: "interrupted; the next run continues" },
  E_INTERNAL: { exitCode: 1, meaning: "a defect in Varve itself" },
  E_INCOMPLETE: { exitCode: 3, meaning: "finished, but some items are missing" },
  E_DIFFERENCE: { exitCode: 4, meaning: "check or diff found something" },
  E_NOT_FOUND: { exitCode: 5, meaning: "the named snapshot, path or key does not exist" },
  E_REPO_NOT_FOUND: { exitCode: 10, meaning: "there is no repository at this place" },
  E_REPO_EXISTS: { exitCode: 1, meaning: "a repository is already there" },
  E_REPO_VERSION: { exitCode: 1, meaning: "the repository was written by a newer Varve" },
  E_PASSWORD: { exitCode: 12, meaning: "no key slot opens with this password" },
  E_PASSWORD_MISSING: { exitCode: 12, meaning: "the repository needs a password and none was given" },
  E_FENCED: { exitCode: 11, meaning: "another process closed this session" },
  E_CORRUPT: { exitCode: 1, meaning: "stored bytes are damaged or were altered" },
  E_OBJECT_NOT_FOUND: { exitCode: 1, meaning: "an object the repository needs is missing from the store" },
  E_STORE_UNAVAILABLE: { exitCode: 7, meaning: "the object store does not answer or throttles" },
  E_STORE_DENIED: { exitCode: 13, meaning: "the object store refuses these credentials" },
  E_STORE_CONTAINER: { exitCode: 1, meaning: "the container or folder of the repository does not exist" },
  E_STORE_FULL: { exitCode: 1, meaning: "the object store has no space left" },
  E_STORE: { exitCode: 1, meaning: "the object store failed for good" },
  E_SOURCE_MISSING: { exitCode: 1, meaning: "a source path does not exist" },
  E_SOURCE_READ: { exitCode: 3, meaning: "an item of the source could not be read" },
  E_SOURCE_CHANGED: { exitCode: 3, meaning: "an item changed while it was read" },
  E_SOURCE_EMPTY: { exitCode: 6, meaning: "a source that had content is empty now" },
  E_SHARE: { exitCode: 1, meaning: "an Azure Files share refused what the operation needs" },
  E_SHARE_DENIED: { exitCode: 13, meaning: "an Azure Files share refuses these credentials" },
  E_SHARE_UNAVAILABLE: { exitCode: 7, meaning: "an Azure Files share does not answer, throttles, or went away" },
  E_TARGET: { exitCode: 3, meaning: "an item could not be written to the target" },
  E_TARGET_FULL: { exitCode: 3, meaning: "the target has no space left" },
  E_TARGET_ROOT: { exitCode: 1, meaning: "the target cannot be used" },
  E_TARGET_UNSAFE: { exitCode: 3, meaning: "an item would land outside the target and was refused" },
  E_TARGET_EXISTS: { exitCode: 3, meaning: "an item exists in the target and may not be replaced" },
  E_CATALOG: { exitCode: 1, meaning: "the local catalog cannot be used" },
  E_PLATFORM: { exitCode: 1, meaning: "this platform lacks something the operation needs" },
};

/** The process exit code that an error code stands for. */
export function exitCodeOf(code: ErrorCode): number {
  return ERROR_CODES[code].exitCode;
}
