import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isAppError } from "../../shared/errors.ts";
import { databaseReason, type DatabaseReason } from "../database-error.ts";
import { migrate } from "../migrations.ts";
import { openSqlite, requireSqliteVersion } from "./open-sqlite.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

let folder = "";
let fileNumber = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "varve-sqlite-"));
});

after(() => rm(folder, { recursive: true }));

const freshPath = (): string => join(folder, `${(fileNumber += 1)}`, "file.sqlite");

async function withDatabase(work: (database: SqliteDatabase) => void | Promise<void>): Promise<void> {
  const database = await openSqlite(freshPath());
  try {
    await work(database);
  } finally {
    database.close();
  }
}

const hasReason = (reason: DatabaseReason) => (error: unknown) => databaseReason(error) === reason;

describe("openSqlite()", () => {
  it("makes file and folder for the owner only and uses a write-ahead log", async () => {
    await withDatabase(async (database) => {
      assert.equal((await stat(database.path)).mode & 0o777, 0o600);
      assert.equal((await stat(join(database.path, ".."))).mode & 0o777, 0o700);
      assert.equal(database.value("PRAGMA journal_mode"), "wal");
    });
  });

  it("throws reason damaged and calls onDamage when the file is no database", async () => {
    const path = join(folder, "text.sqlite");
    await writeFile(path, "this is not a database, however long it may be".repeat(100));
    let damaged = 0;
    await assert.rejects(openSqlite(path, { onDamage: () => (damaged += 1) }), hasReason("damaged"));
    assert.equal(damaged, 1);
  });

  it("throws E_CATALOG when the path is a folder or lies below a file", async () => {
    await assert.rejects(openSqlite(folder), hasReason("failed"));
    const file = join(folder, "plain");
    await writeFile(file, "");
    await assert.rejects(openSqlite(join(file, "below")), hasReason("failed"));
  });

  it("throws E_CATALOG when the file may not be written", { skip: process.getuid?.() === 0 }, async () => {
    const path = join(folder, "locked.sqlite");
    await writeFile(path, "");
    await chmod(path, 0o400);
    await assert.rejects(openSqlite(path), hasReason("failed"));
  });
});

describe("requireSqliteVersion()", () => {
  it("accepts 3.51.3 and everything later", () => {
    for (const version of ["3.51.3", "3.51.10", "3.53.0", "4.0.0"]) requireSqliteVersion(version);
  });

  it("refuses earlier versions and what is no version", () => {
    for (const version of ["3.51.2", "3.50.4", "3.9.99", "2.99.99", "3.51", ""]) {
      assert.throws(() => requireSqliteVersion(version), hasReason("unsupported"));
    }
  });
});

describe("SqliteDatabase", () => {
  it("statements return arrays in column order, with every integer a bigint", () =>
    withDatabase((database) => {
      database.execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d REAL) STRICT");
      const insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
      assert.equal(insert.run(2n ** 63n - 1n, "x", new Uint8Array([1, 2]), 0.5), 1);
      assert.equal(insert.run(2 ** 52, null, null, null), 1);
      const [first, second] = database.prepare("SELECT * FROM t").all();
      assert.deepEqual(first, [2n ** 63n - 1n, "x", new Uint8Array([1, 2]), 0.5]);
      assert.deepEqual(second, [2n ** 52n, null, null, null]);
      assert.equal(database.value("SELECT 1 WHERE 0"), undefined);
    }));

  it("transaction() takes everything back when the work throws, and keeps the error", () =>
    withDatabase((database) => {
      database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
      const failing = (): void =>
        database.transaction("write", () => {
          database.execute("INSERT INTO t VALUES (1)");
          throw new Error("stop");
        });
      assert.throws(failing, /stop/);
      assert.equal(database.value("SELECT count(*) FROM t"), 0n);
      assert.equal(
        database.transaction("write", () => database.prepare("INSERT INTO t VALUES (2)").run()),
        1,
      );
      assert.equal(database.value("SELECT count(*) FROM t"), 1n);
    }));

  it("a read transaction sees one state while another connection writes", () =>
    withDatabase(async (database) => {
      database.execute("CREATE TABLE t (a)");
      const other = await openSqlite(database.path);
      database.transaction("read", () => {
        assert.equal(database.value("SELECT count(*) FROM t"), 0n);
        other.execute("INSERT INTO t VALUES (1)");
        assert.equal(database.value("SELECT count(*) FROM t"), 0n);
      });
      assert.equal(database.value("SELECT count(*) FROM t"), 1n);
      other.close();
    }));

  it("statements throw E_CATALOG for errors of the database, and others as they are", () =>
    withDatabase((database) => {
      assert.throws(() => database.prepare("SELEC 1"), hasReason("failed"));
      database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
      const insert = database.prepare("INSERT INTO t VALUES (?)");
      insert.run(1);
      assert.throws(() => insert.run(1), hasReason("failed"));
      assert.throws(
        () => insert.run(2n ** 64n),
        (error) => !isAppError(error),
      );
    }));

  it("migrate() applies steps once, also from a second connection, and undoes all of them when one fails", () =>
    withDatabase(async (database) => {
      const steps = [{ version: 1, sql: "CREATE TABLE a (x)" }];
      const failing = [...steps, { version: 2, sql: "CREATE TABLE b (x); CREATE TABLE b (x)" }];
      await assert.rejects(migrate(database, failing), hasReason("failed"));
      assert.equal(database.version(), 0);
      await migrate(database, steps);
      const other = await openSqlite(database.path);
      await migrate(other, [...steps, { version: 2, sql: "CREATE TABLE b (x)" }]);
      other.close();
      assert.equal(database.version(), 2);
      await assert.rejects(migrate(database, steps), hasReason("newer"));
    }));
});
