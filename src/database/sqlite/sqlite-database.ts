import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { databaseReason } from "../database-error.ts";
import type { SchemaSession } from "../migrations.ts";
import { toDatabaseError } from "./sqlite-errors.ts";

/** A value as it is bound. Numbers travel as doubles; a column of type INTEGER takes them losslessly up to 2^53. */
export type SqlInput = number | bigint | string | Uint8Array | null;

/** A value as it is read. Every INTEGER is a bigint. */
export type SqlOutput = bigint | number | string | Uint8Array | null;

/** A row, in the order of the columns: arrays are read faster than objects. */
export type SqlRow = readonly SqlOutput[];

/** A prepared statement; keep it and use it again. */
export interface SqliteStatement {
  all(...values: readonly SqlInput[]): readonly SqlRow[];
  /** Runs it and returns the number of rows changed. */
  run(...values: readonly SqlInput[]): number;
}

/** `read` sees one state throughout; `write` also keeps other writers out from its first moment. */
export type TransactionMode = "read" | "write";

/**
 * One connection to an SQLite file. Calls are synchronous and throw E_CATALOG. Work inside `transaction` must be
 * synchronous too, so two users of a connection can never see each other's half-done work.
 */
export class SqliteDatabase implements SchemaSession {
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #onDamage: () => void;
  readonly #controls = new Map<string, SqliteStatement>();

  constructor(connection: DatabaseSync, path: string, onDamage: () => void = () => undefined) {
    this.#connection = connection;
    this.path = path;
    this.#onDamage = onDamage;
  }

  open(): void {
    this.#guard(() => this.#connection.open());
  }

  prepare(sql: string): SqliteStatement {
    return this.#guard(() => {
      const statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      return new GuardedStatement(statement, this.#fail);
    });
  }

  execute(sql: string): void {
    this.#guard(() => this.#connection.exec(sql));
  }

  /** First column of the first row, or undefined. For statements that run once. */
  value(sql: string, ...values: readonly SqlInput[]): SqlOutput | undefined {
    return this.prepare(sql).all(...values)[0]?.[0];
  }

  transaction<T>(mode: TransactionMode, work: () => T): T {
    this.#control(mode === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
    try {
      const result = work();
      this.#control("COMMIT");
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full, damage); a second time would hide the first error.
      if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
      throw error;
    }
  }

  version(): number {
    const exists = this.value("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'");
    return exists === 0n ? 0 : Number(this.value("SELECT max(version) FROM schema_version") ?? 0);
  }

  upgrade(plan: (version: number) => readonly string[]): void {
    this.transaction("write", () => {
      for (const sql of plan(this.version())) this.execute(sql);
    });
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  /** Prepared once: a backup of many small directories opens a read transaction for each batch of them. */
  #control(sql: "BEGIN" | "BEGIN IMMEDIATE" | "COMMIT"): void {
    const statement = this.#controls.get(sql) ?? this.prepare(sql);
    this.#controls.set(sql, statement);
    statement.run();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  readonly #fail = (error: unknown): unknown => {
    const failure = toDatabaseError(error, this.path);
    if (databaseReason(failure) === "damaged") this.#onDamage();
    return failure;
  };
}

class GuardedStatement implements SqliteStatement {
  readonly #statement: StatementSync;
  readonly #fail: (error: unknown) => unknown;

  constructor(statement: StatementSync, fail: (error: unknown) => unknown) {
    this.#statement = statement;
    this.#fail = fail;
  }

  all(...values: readonly SqlInput[]): readonly SqlRow[] {
    try {
      // With setReturnArrays a row is an array, which the types of Node do not say.
      return this.#statement.all(...(values as SQLInputValue[])) as unknown as SqlRow[];
    } catch (error) {
      throw this.#fail(error);
    }
  }

  run(...values: readonly SqlInput[]): number {
    try {
      return Number(this.#statement.run(...(values as SQLInputValue[])).changes);
    } catch (error) {
      throw this.#fail(error);
    }
  }
}
