import { AppError } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";

/** A mapping that cannot be used, and where its fault is. */
export function badMapping(file: string, why: string, data: Readonly<Record<string, string | number>> = {}): AppError {
  return new AppError({
    code: "E_CONFIG",
    what: `the mapping ${file} cannot be used`,
    why,
    hint: "it is one JSON object of GUIDs and paths; make it again with varve guid index, or take it from a copy",
    data: { file, ...data },
  });
}

/** The mapping file cannot be opened or read. */
export function unreadableMapping(file: string, error: unknown): AppError {
  return new AppError({
    code: "E_CONFIG",
    what: `cannot read the mapping ${file}`,
    why: systemReason(error, "reading failed"),
    hint: "name it with --mapping, or make it with varve guid index",
    cause: error,
    data: { file },
  });
}
