import { displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { SourceDescription } from "../source/source.ts";

/** A source that had entries at the last backup has none now. */
export function emptyNow({ path }: SourceDescription, before: number): AppError {
  return new AppError({
    code: "E_SOURCE_EMPTY",
    what: `${displayBytes(path)} is empty`,
    why: `at the last backup there were ${before} entries in its root`,
    hint: "check that it is the right share; if it is meant to be empty, add --allow-empty",
  });
}
