import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { databaseError, databaseReason } from "../database/database-error.ts";
import { openSqlite } from "../database/sqlite/open-sqlite.ts";
import type { SqliteDatabase } from "../database/sqlite/sqlite-database.ts";
import type { Clock } from "../shared/clock.ts";
import type { NodeStore, TreeStore } from "./node-store.ts";
import { APPLICATION_ID } from "./sqlite/schema.ts";
import { SqliteCatalog } from "./sqlite/sqlite-catalog.ts";

export interface OpenedCatalog {
  readonly nodes: NodeStore & TreeStore;
  /** For people: set when the file could not be used, was moved aside and the catalog starts empty. */
  readonly note?: string;
}

/** Files that belong to an SQLite database and move with it. */
const FILE_SUFFIXES = ["", "-wal", "-shm"] as const;

/** Left beside a catalog when damage is met in the middle of a run, so that the next run starts afresh. */
const DAMAGE_MARK_SUFFIX = "-damaged";

/**
 * Opens the catalog file, makes it when missing. A damaged file, or one from a newer version, is moved aside and an empty one
 * takes its place: the catalog can always be rebuilt. Throws E_CATALOG when the place itself cannot be used, or when the
 * file is a database of another program, which is left alone.
 */
export async function openCatalog({ path, clock }: { readonly path: string; readonly clock: Clock }): Promise<OpenedCatalog> {
  const examined = fileId(path);
  try {
    if (existsSync(path + DAMAGE_MARK_SUFFIX)) throw markedError(path);
    return { nodes: await openFile(path) };
  } catch (error) {
    const reason = databaseReason(error);
    if (reason !== "damaged" && reason !== "newer") throw error;
    const aside = `${path}.${reason}-${clock.nowNs() / 1_000_000n}`;
    // Another process may have put a sound file here since.
    if (examined === undefined || fileId(path) === examined) moveAside(path, aside);
    rmSync(path + DAMAGE_MARK_SUFFIX, { force: true });
    const why = reason === "newer" ? "was written by a newer version" : "was damaged";
    return {
      nodes: await openFile(path),
      note: `the catalog ${path} ${why}; it was moved to ${aside} and starts empty, so this run compares less and takes longer`,
    };
  }
}

/** Opens the catalog file to look something up: no file is made, moved or marked. Undefined when there is none. Throws E_CATALOG. */
export async function openCatalogToRead(path: string): Promise<(NodeStore & TreeStore) | undefined> {
  if (!existsSync(path)) return undefined;
  if (existsSync(path + DAMAGE_MARK_SUFFIX)) throw markedError(path);
  return await openFile(path, () => undefined);
}

async function openFile(path: string, onDamage: () => void = () => markDamaged(path)): Promise<SqliteCatalog> {
  const database = await openSqlite(path, { onDamage });
  try {
    requireOwn(database);
    return await SqliteCatalog.open(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function requireOwn(database: SqliteDatabase): void {
  const id = database.value("PRAGMA application_id");
  if (id === BigInt(APPLICATION_ID)) return;
  if (id === 0n && database.value("SELECT count(*) FROM sqlite_schema") === 0n) return;
  throw databaseError({
    reason: "foreign",
    what: `${database.path} is not a catalog of Varve`,
    why: "it is a database of another program",
    hint: "name another catalog file",
  });
}

/** Without the mark the next run meets the damage again: that is no reason to hide the error this is part of. */
function markDamaged(path: string): void {
  try {
    writeFileSync(path + DAMAGE_MARK_SUFFIX, "");
  } catch {}
}

function markedError(path: string): Error {
  return databaseError({
    reason: "damaged",
    what: `the catalog ${path} cannot be used`,
    why: "an earlier run met damage in it",
    hint: "run the command again: the file is moved aside and the catalog is built anew",
  });
}

/** Tells one file from another that took its name; undefined when there is none. */
function fileId(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts === undefined ? undefined : `${facts.dev}:${facts.ino}`;
}

function moveAside(path: string, aside: string): void {
  for (const suffix of FILE_SUFFIXES) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
}
