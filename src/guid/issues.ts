import { isAppError } from "../shared/errors.ts";
import type { AppError } from "../shared/errors.ts";
import { displayBytes } from "../shared/bytes.ts";
import type { Reporter } from "../telemetry/events.ts";
import { pathBytes } from "./mapping-path.ts";

/** A path for people. */
export function shownPath(path: string): string {
  const bytes = pathBytes(path);
  return bytes === undefined ? JSON.stringify(path) : displayBytes(bytes);
}

/** Errors that say something about one file only; all others end the run. */
const ITEM_CODES = [
  "E_SOURCE_MISSING",
  "E_SOURCE_READ",
  "E_SOURCE_CHANGED",
  "E_OBJECT_NOT_FOUND",
  "E_CORRUPT",
  "E_TARGET",
  "E_TARGET_FULL",
  "E_TARGET_UNSAFE",
  "E_TARGET_EXISTS",
] as const;

/** Reports an error that concerns one file; throws every other one on. */
export function reportItem(reporter: Reporter, path: string, error: unknown): AppError {
  if (!isAppError(error, ...ITEM_CODES)) throw error;
  const { code, what, why, hint } = error;
  reporter.counters.issues += 1;
  reporter.issue({ path: shownPath(path), code, message: what, why, hint });
  return error;
}
