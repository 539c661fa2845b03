import { StorageError } from "./errors.ts";

/** Code units of one name. */
const NAME_UNITS_MAX = 255;

/** Code units of a path below the share. */
const PATH_UNITS_MAX = 2048;

const DEPTH_MAX = 250;

// oxlint-disable-next-line no-control-regex -- control characters are what is forbidden
const FORBIDDEN_SMB = /["\\:|<>*?\u0000-\u001f]/;
// oxlint-disable-next-line no-control-regex -- the one character that no POSIX name holds
const FORBIDDEN_NFS = /\u0000/;

const SHARE_NAME = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** What the path of a request names. */
export interface RequestPath {
  readonly account: string;
  /** Empty for the account itself. */
  readonly share: string;
  /** Names below the share's root. */
  readonly path: readonly string[];
}

/**
 * Takes `/account/share/names` apart, or `/share/names`: with an account's own host name the path does not repeat it, and the JavaScript SDK
 * leaves it out of the targets of renames whatever the host is. Percent-encoding is undone once. Throws InvalidUri.
 */
export function parseRequestPath(pathname: string, account: string): RequestPath {
  const names = decodePath(pathname);
  const [share = "", ...path] = names[0] === account ? names.slice(1) : names;
  return { account, share, path };
}

/** Names of a percent-encoded path; slashes at both ends and doubled ones do not count. Throws InvalidUri. */
export function decodePath(pathname: string): readonly string[] {
  try {
    return decodeURIComponent(pathname)
      .split("/")
      .filter((name) => name !== "");
  } catch {
    throw new StorageError("InvalidUri");
  }
}

/** Without trailing dots, unless the request asked to keep them: by default `a.` and `a` are one name. */
export function trimDots(path: readonly string[], keep: boolean): readonly string[] {
  return keep ? path : path.map((name) => name.replace(/\.+$/, ""));
}

/** Throws InvalidFileOrDirectoryPathName for names that the service refuses. */
export function checkPath(path: readonly string[], protocol: "SMB" | "NFS"): void {
  const forbidden = protocol === "SMB" ? FORBIDDEN_SMB : FORBIDDEN_NFS;
  const tooLong = path.length > DEPTH_MAX || path.join("/").length > PATH_UNITS_MAX;
  const bad = path.some((name) => name === "" || name === "." || name === ".." || name.length > NAME_UNITS_MAX || forbidden.test(name));
  if (tooLong || bad) throw new StorageError("InvalidFileOrDirectoryPathName");
}

/** Throws InvalidResourceName for share names that the service refuses. */
export function checkShareName(name: string): void {
  if (!SHARE_NAME.test(name)) throw new StorageError("InvalidResourceName");
}
