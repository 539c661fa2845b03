import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolders } from "../../shared/make-folders.ts";
import { databaseError } from "../database-error.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/** Older versions may damage a file that two connections write (fixed in 3.51.3). */
const SQLITE_VERSION_MIN: readonly [number, number, number] = [3, 51, 3];

/** How long a writer waits for another one. Our own transactions last at most tenths of a second. */
const BUSY_TIMEOUT_MS = 30_000;

/** Pages kept in memory. With the usual 2 MiB, a first backup's inserts cost about a fifth more (measured on 1 million rows). */
const CACHE_BYTES_MAX = 16 * 2 ** 20;

/**
 * The front of the file is mapped instead of copied: reading 1 million rows takes 0.7 s of CPU instead of 1.0 (measured).
 * Mapped pages count as memory of the process, so the bound is what a large catalog may add to it.
 */
const MMAP_BYTES_MAX = 96 * 2 ** 20;

/** The write-ahead log is folded into the file once it has this many pages (4 KiB each). */
const WAL_CHECKPOINT_PAGES = 4096;

/** What the log file is cut back to afterwards. */
const WAL_BYTES_MAX = 16 * 2 ** 20;

const PRAGMAS_SQL = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -${CACHE_BYTES_MAX / 1024};
  PRAGMA mmap_size = ${MMAP_BYTES_MAX};
  PRAGMA wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${WAL_BYTES_MAX};
`;

export interface SqliteOptions {
  /** Called when a statement meets damage; the statement throws as well. */
  readonly onDamage?: () => void;
}

/**
 * Opens an SQLite file and makes it, with its folder, when it is missing; only its owner may read it. Throws E_CATALOG.
 * The driver is loaded here and nowhere else.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<SqliteDatabase> {
  requireSqliteVersion(process.versions["sqlite"] ?? "0");
  const { DatabaseSync } = await import("node:sqlite");
  await prepareFile(path);
  const connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, open: false });
  const database = new SqliteDatabase(connection, path, options.onDamage);
  try {
    database.open();
    database.execute(PRAGMAS_SQL);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Throws E_CATALOG when the SQLite built into this Node is too old. */
export function requireSqliteVersion(version: string): void {
  const parts = version.split(".").map(Number);
  for (const [index, wanted] of SQLITE_VERSION_MIN.entries()) {
    const part = parts[index] ?? 0;
    if (part > wanted) return;
    if (part < wanted) throw tooOld(version);
  }
}

function tooOld(version: string): Error {
  return databaseError({
    reason: "unsupported",
    what: `SQLite ${version} is too old for the catalog`,
    why: `versions before ${SQLITE_VERSION_MIN.join(".")} can damage a file that two processes write`,
    hint: "update Node.js to the newest release of its line",
  });
}

async function prepareFile(path: string): Promise<void> {
  try {
    await makeFolders(dirname(path), 0o700);
    await (await open(path, "a", 0o600)).close();
  } catch (error) {
    throw databaseError({
      reason: "failed",
      what: `the catalog ${path} cannot be opened`,
      why: error instanceof Error ? error.message : String(error),
      hint: "check that the folder exists and may be written, or name another catalog file",
      cause: error,
    });
  }
}
