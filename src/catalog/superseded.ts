import type { AppError } from "../shared/errors.ts";
import { databaseError } from "../database/database-error.ts";

/** What `commit` throws when another writer committed the same source since this stage's rows were read. */
export function supersededError(): AppError {
  return databaseError({
    reason: "superseded",
    what: "the catalog was not updated",
    why: "another backup of the same source finished first, and its rows stay",
    hint: "nothing to do: the next backup compares with what the catalog holds",
  });
}
