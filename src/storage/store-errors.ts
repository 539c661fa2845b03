import { AppError } from "../shared/errors.ts";
import type { ByteRange } from "./object-store.ts";

/** The object is not in the store. */
export function objectNotFound(key: string, description: string): AppError {
  return new AppError({
    code: "E_OBJECT_NOT_FOUND",
    what: `object ${key} is missing`,
    why: `there is no such object in ${description}`,
    hint: "run varve check to see what else is missing",
    data: { key },
  });
}

/** The object is shorter than the reader was told. */
export function rangeBeyondEnd(key: string, range: ByteRange, size?: number): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `object ${key} is shorter than expected`,
    why: `bytes ${range.offset} to ${range.offset + range.length} were asked for${size === undefined ? "" : `, it has ${size}`}`,
    hint: "run varve check --data, then varve repair",
    data: { key, offset: range.offset, length: range.length, ...(size === undefined ? {} : { size }) },
  });
}

/** The object is larger than the store takes in one call. */
export function objectTooLarge(key: string, size: number, sizeMax: number): AppError {
  return new AppError({
    code: "E_STORE",
    what: `object ${key} is too large`,
    why: `it has ${size} bytes, the store takes ${sizeMax} in one call`,
    hint: "choose a smaller pack size",
    data: { key, size, sizeMax },
  });
}
