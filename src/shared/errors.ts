import type { ErrorCode } from "./error-codes.ts";

/** The three parts every error shows to a person, and what programs need beside them. */
export interface AppErrorParts {
  readonly code: ErrorCode;
  /** What failed, with the name of the thing. One line, no full stop. */
  readonly what: string;
  /** Why, in plain words. */
  readonly why?: string;
  /** What to do now: a command or a setting. */
  readonly hint?: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Facts for programs (path, key, offset). Never secrets. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The one error class for everything that can go wrong outside our own code.
 * Secrets are removed by whoever builds the error: no credential ever enters a part.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, string | number | boolean>>;

  constructor(parts: AppErrorParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = parts.code;
    this.why = parts.why ?? "";
    this.hint = parts.hint ?? "";
    this.retryable = parts.retryable ?? false;
    this.data = parts.data ?? {};
  }

  /** What failed: the message. */
  get what(): string {
    return this.message;
  }
}

/** True when `error` is an `AppError` with one of the codes. */
export function isAppError(error: unknown, ...codes: readonly ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

/** Turns anything thrown into an `AppError`; what is not one already is a defect of ours. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError({
    code: "E_INTERNAL",
    what: error instanceof Error ? error.message : String(error),
    why: "this is a defect in Varve",
    hint: "run again with --debug and report the output",
    cause: error,
  });
}

/** The `code` of a Node system error such as ENOENT, or an empty string. */
export function systemCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
