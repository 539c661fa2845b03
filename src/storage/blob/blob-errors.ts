import { AppError } from "../../shared/errors.ts";
import type { ByteRange } from "../object-store.ts";

/** There is no such blob. */
export function blobNotFound(name: string, description: string): AppError {
  return new AppError({
    code: "E_OBJECT_NOT_FOUND",
    what: `blob ${name} is missing`,
    why: `there is no such blob in ${description}`,
    hint: "save the file again, or look for the container that holds it",
    data: { name },
  });
}

/** The blob was replaced between two reads of it. */
export function blobChanged(name: string, description: string): AppError {
  return new AppError({
    code: "E_SOURCE_CHANGED",
    what: `blob ${name} changed while it was read`,
    why: `somebody writes to ${description}`,
    hint: "run again when nobody does",
    data: { name },
  });
}

/** The blob is shorter than the reader was told. */
export function blobRangeBeyondEnd(name: string, range: ByteRange): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `blob ${name} is shorter than expected`,
    why: `bytes ${range.offset} to ${range.offset + range.length} were asked for`,
    hint: "save the file again",
    data: { name, offset: range.offset, length: range.length },
  });
}
