import { databaseError, type DatabaseReason } from "../database-error.ts";

/** Primary result codes of SQLite that mean something to us. */
const SQLITE_CODE = { busy: 5, locked: 6, readonly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

interface Explanation {
  readonly reason: DatabaseReason;
  readonly why: string;
  readonly hint: string;
}

const DAMAGED: Explanation = {
  reason: "damaged",
  why: "the file is not a sound SQLite database",
  hint: "run the command again: the file is moved aside and the catalog is built anew",
};

const BUSY: Explanation = {
  reason: "busy",
  why: "another process kept the catalog locked for too long",
  hint: "wait for the other process to finish, then run the command again",
};

const EXPLANATIONS: ReadonlyMap<number, Explanation> = new Map([
  [SQLITE_CODE.busy, BUSY],
  [SQLITE_CODE.locked, BUSY],
  [SQLITE_CODE.corrupt, DAMAGED],
  [SQLITE_CODE.notADatabase, DAMAGED],
  [SQLITE_CODE.full, { reason: "full", why: "the disk is full", hint: "free space on the disk that holds the catalog" }],
  [
    SQLITE_CODE.readonly,
    {
      reason: "failed",
      why: "the file or its folder may not be written",
      hint: "check owner and permissions, or name another catalog file",
    },
  ],
  [SQLITE_CODE.cannotOpen, { reason: "failed", why: "the file cannot be opened", hint: "check that the folder exists and may be written" }],
]);

/** Turns an error of `node:sqlite` into E_CATALOG; every other error is returned as it is. */
export function toDatabaseError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const { reason, why, hint } = EXPLANATIONS.get(code) ?? {
    reason: "failed",
    why: error instanceof Error ? error.message : String(error),
    hint: "check the disk that holds the catalog",
  };
  return databaseError({ reason, what: `the catalog ${path} cannot be used`, why, hint, cause: error });
}

/** The primary result code (the low byte of the extended one) of an SQLite error. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
