import { isAppError } from "../../shared/errors.ts";

/** HTTP 429 and 503: the service asks for less. */
const THROTTLED_STATUS: readonly unknown[] = [429, 503];

/** True when a store refused a call because it gets too many. */
export function isThrottled(error: unknown): boolean {
  return isAppError(error) && THROTTLED_STATUS.includes(error.data["status"]);
}
