import { AppError } from "../shared/errors.ts";

/**
 * Why a database cannot be used. `damaged` and `newer` concern the file, `foreign` means it belongs to another program,
 * `superseded` that another writer was first, `busy` that it held the lock for too long.
 */
export type DatabaseReason = "damaged" | "newer" | "foreign" | "unsupported" | "busy" | "full" | "superseded" | "failed";

/** Makes an E_CATALOG whose reason `databaseReason` gives back. */
export function databaseError(parts: {
  readonly reason: DatabaseReason;
  readonly what: string;
  readonly why: string;
  readonly hint: string;
  readonly cause?: unknown;
}): AppError {
  const { reason, ...rest } = parts;
  return new AppError({ code: "E_CATALOG", ...rest, retryable: reason === "busy", data: { reason } });
}

/** The reason of an error made by `databaseError`, else undefined. */
export function databaseReason(error: unknown): DatabaseReason | undefined {
  if (!(error instanceof AppError) || error.code !== "E_CATALOG") return undefined;
  return error.data["reason"] as DatabaseReason | undefined;
}
