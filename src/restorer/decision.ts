import { ENTRY_KIND } from "../format/entry.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { RestoreRequest } from "./face.ts";
import { FILE_ACTION, type FileAction } from "./file-columns.ts";
import type { ThereFacts } from "./restore-target.ts";

/** What happens with one item that is no directory. */
export type Decision =
  | { readonly does: "write"; readonly action: FileAction }
  | { readonly does: "skip" }
  /** A directory is in its place: to be removed as an extra item, then the item is written. */
  | { readonly does: "clear" }
  | { readonly does: "refuse"; readonly error: AppError };

/** What a restore does with an item, by what is in its place. */
export function decide(
  path: ByteString,
  there: ThereFacts | undefined,
  request: Pick<RestoreRequest, "overwrite" | "deleteExtra">,
): Decision {
  const { overwrite, deleteExtra } = request;
  if (there === undefined) return { does: "write", action: FILE_ACTION.create };
  if (overwrite === "skip") return { does: "skip" };
  if (overwrite === "fail") return { does: "refuse", error: inTheWay(path, "it exists and --overwrite fail was asked for") };
  if (there.kind === ENTRY_KIND.directory) return deleteExtra ? { does: "clear" } : { does: "refuse", error: directoryInTheWay(path) };
  const mendable = overwrite === "if-changed" && there.kind === ENTRY_KIND.file && there.links === 1;
  return { does: "write", action: mendable ? FILE_ACTION.mend : FILE_ACTION.replace };
}

/** A directory that is not removed, because nobody asked for it or because it holds what the filter leaves out. */
export function directoryInTheWay(path: ByteString): AppError {
  return inTheWay(
    path,
    "a directory is in its place; such directories are removed only with --delete-extra, and only when nothing in them is left out",
  );
}

/** Something else is where a directory should be. */
export function notADirectory(path: ByteString): AppError {
  return inTheWay(path, "something else is where this directory should be, and it may not be replaced");
}

function inTheWay(path: ByteString, why: string): AppError {
  return new AppError({
    code: "E_TARGET_EXISTS",
    what: `${displayBytes(path)} was not restored`,
    why,
    hint: "restore into an empty directory, or move it away",
  });
}
