import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** One process at a time: the lock is held until the database is closed. */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -32768;
  PRAGMA temp_store = MEMORY;
`;

const SQLITE_BUSY = 5;

/** A row as SQLite gives it: every integer is a bigint, since times do not fit into a number. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The metadata of the disk backend. Calls are synchronous, so whatever runs in one of them is atomic within the process. A crash of the
 * process loses nothing that was committed; a crash of the machine may, because nothing is synced: this serves tests.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  /** Opens the file, or makes it. Throws an error with the code EBUSY when another process has it open, EINVAL when it is of another version. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    try {
      this.#db.exec(SETTINGS);
      this.#migrate(file);
    } catch (error) {
      this.#db.close();
      const { errcode } = error as { readonly errcode?: number };
      if (errcode !== SQLITE_BUSY) throw error;
      throw Object.assign(new Error(`${file} is open in another process`), { code: "EBUSY" });
    }
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  /** The number of rows that changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** Runs `work` as a whole or not at all; inside another transaction it is a part of that. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.run("BEGIN IMMEDIATE");
    this.#depth += 1;
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      this.run("ROLLBACK");
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** The next value of a counter that never gives a value twice, not even after a restart. */
  next(counter: string): number {
    const row = this.get(
      "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
      counter,
    );
    return Number(row?.["value"]);
  }

  #migrate(file: string): void {
    const version = Number(this.get("PRAGMA user_version")?.["user_version"]);
    if (version !== 0 && version !== SCHEMA_VERSION) {
      throw Object.assign(new Error(`${file} has version ${version}, and this program knows version ${SCHEMA_VERSION}`), {
        code: "EINVAL",
      });
    }
    this.transaction(() => this.#db.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`));
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** An integer column as a number. */
export function int(row: Row, column: string): number {
  return Number(row[column]);
}

/** An integer column that may be too large for a number. */
export function big(row: Row, column: string): bigint {
  return row[column] as bigint;
}

/** A text column. */
export function text(row: Row, column: string): string {
  return row[column] as string;
}
