import { systemCode } from "./errors.ts";

/** The reasons people meet when a file of theirs is named wrongly or guarded; others are told by their code alone. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "it exists already",
  EISDIR: "it is a directory",
  ENOENT: "it does not exist",
  ENOSPC: "no space is left",
  ENOTDIR: "something on the way is not a directory",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
};

/** Why a system call failed, in words with the code behind them; `otherwise` when the error has no code. */
export function systemReason(error: unknown, otherwise: string): string {
  const code = systemCode(error);
  if (code === "") return otherwise;
  const words = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return words === undefined ? code : `${words} (${code})`;
}
