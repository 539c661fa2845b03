import { invalidHeader, StorageError } from "./errors.ts";
import type { RequestHeaders } from "./request.ts";

/** A stretch of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/i;

/** A range whose end may be open; both are inclusive. */
export interface OpenRange {
  readonly start: number;
  readonly end: number | undefined;
}

/** `x-ms-range` or `Range` with its end left open when it was; undefined when neither was sent. Throws InvalidHeaderValue. */
export function rangeHeader(headers: RequestHeaders): OpenRange | undefined {
  const name = headers.get("x-ms-range") === undefined ? "range" : "x-ms-range";
  const text = headers.get(name);
  return text === undefined ? undefined : rangeOf(name, text);
}

/** The range in a header's text. Throws InvalidHeaderValue. */
export function rangeOf(name: string, text: string): OpenRange {
  const [, start, end] = RANGE.exec(text) ?? [];
  if (start === undefined || end === undefined) throw invalidHeader(name, text);
  const range = { start: Number(start), end: end === "" ? undefined : Number(end) };
  if (range.end !== undefined && range.end < range.start) throw invalidHeader(name, text);
  return range;
}

/** The part of a file of this size that the range asks for; the whole file without a range. Throws InvalidRange when nothing is left. */
export function wantedRange(headers: RequestHeaders, size: number): ByteRange & { readonly isPart: boolean } {
  const range = rangeHeader(headers);
  if (range === undefined) return { offset: 0, length: size, isPart: false };
  if (range.start >= size) throw new StorageError("InvalidRange", { headers: { "content-range": `bytes */${size}` } });
  const end = Math.min(range.end ?? size - 1, size - 1);
  return { offset: range.start, length: end - range.start + 1, isPart: true };
}

/** The range that is to be written. Throws MissingRequiredHeader, InvalidHeaderValue. */
export function writtenRange(headers: RequestHeaders): ByteRange {
  const range = rangeHeader(headers);
  if (range === undefined) throw new StorageError("MissingRequiredHeader", { details: { HeaderName: "x-ms-range" } });
  if (range.end === undefined) throw invalidHeader("x-ms-range", `bytes=${range.start}-`);
  return { offset: range.start, length: range.end - range.start + 1 };
}
