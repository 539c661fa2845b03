import type { ErrorCode } from "./error-codes.ts";
import { AppError, toAppError } from "./errors.ts";

/** Main thread to worker thread. */
export interface TaskRequest<Task> {
  readonly id: number;
  /** Undefined asks the thread to end. */
  readonly task: Task | undefined;
}

/** Worker thread to main thread. */
export type TaskReply<Result, Event> =
  | { readonly type: "result"; readonly id: number; readonly result: Result }
  | { readonly type: "event"; readonly event: Event }
  | { readonly type: "failed"; readonly error: PostedError };

/** An `AppError` in a form that survives being posted. */
export interface PostedError {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, string | number | boolean>>;
  readonly stack: string;
}

export function postedError(error: unknown): PostedError {
  const { code, what, why, hint, retryable, data, stack } = toAppError(error);
  const own = error instanceof Error ? error.stack : undefined;
  return { code, what, why, hint, retryable, data, stack: own ?? stack ?? "" };
}

/** The error again, on the other side; its stack is the one of the thread it came from. */
export function receivedError(posted: PostedError): AppError {
  const error = new AppError(posted);
  error.stack = posted.stack;
  return error;
}
