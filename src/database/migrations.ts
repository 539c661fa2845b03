import { must } from "../shared/assert.ts";
import type { MaybePromise } from "../shared/pool.ts";
import { databaseError } from "./database-error.ts";

/** One step of a schema. Steps are numbered upwards and never change once released. */
export interface Migration {
  readonly version: number;
  /** Statements of the dialect, separated by semicolons. */
  readonly sql: string;
}

/** What migrating needs from a connection. */
export interface SchemaSession {
  /** Version of the newest step applied; 0 for an empty database. */
  version(): MaybePromise<number>;
  /**
   * In one transaction that keeps other writers out: reads the version, then executes what `plan` answers to it.
   * Rolled back when anything throws.
   */
  upgrade(plan: (version: number) => readonly string[]): MaybePromise<void>;
}

/** Table that holds the version, in SQL every dialect understands. */
const VERSION_TABLE_SQL = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";

/**
 * Brings a schema to the newest of `migrations`, all or nothing; several processes may do so at once. Forward only:
 * a schema newer than this program is refused with E_CATALOG, reason `newer`.
 */
export async function migrate(session: SchemaSession, migrations: readonly Migration[]): Promise<void> {
  const newest = must(migrations.at(-1), "a schema has at least one migration").version;
  if ((await session.version()) === newest) return;
  await session.upgrade((version) => {
    if (version > newest) throw tooNew(version, newest);
    const missing = migrations.filter((step) => step.version > version);
    if (missing.length === 0) return [];
    return [
      VERSION_TABLE_SQL,
      ...missing.map((step) => step.sql),
      "DELETE FROM schema_version",
      `INSERT INTO schema_version (version) VALUES (${newest})`,
    ];
  });
}

function tooNew(version: number, newest: number): Error {
  return databaseError({
    reason: "newer",
    what: `the catalog has schema version ${version}`,
    why: `this program knows versions up to ${newest}; a newer Varve wrote it`,
    hint: "update Varve, or name another catalog file",
  });
}
