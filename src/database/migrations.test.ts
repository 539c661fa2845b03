import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { databaseReason } from "./database-error.ts";
import { migrate, type Migration, type SchemaSession } from "./migrations.ts";

const STEPS: readonly Migration[] = [
  { version: 1, sql: "one" },
  { version: 2, sql: "two" },
  { version: 5, sql: "five" },
];

/** Keeps what was executed; `raced` is the version another process reached before the lock was taken. */
function session(version: number, raced: number = version): SchemaSession & { readonly executed: string[] } {
  const executed: string[] = [];
  return {
    executed,
    version: () => version,
    upgrade: async (plan) => {
      executed.push(...plan(raced));
    },
  };
}

describe("migrate()", () => {
  it("runs every step and records the newest version when the database is empty", async () => {
    const empty = session(0);
    await migrate(empty, STEPS);
    assert.deepEqual(
      empty.executed.filter((sql) => !sql.includes("schema_version")),
      ["one", "two", "five"],
    );
    assert.match(empty.executed.at(-1) ?? "", /INSERT INTO schema_version \(version\) VALUES \(5\)/);
  });

  it("runs only the missing steps when the schema is older", async () => {
    const older = session(1);
    await migrate(older, STEPS);
    assert.deepEqual(
      older.executed.filter((sql) => !sql.includes("schema_version")),
      ["two", "five"],
    );
  });

  it("touches nothing when the schema is current, or became current before the lock was taken", async () => {
    for (const current of [session(5), session(0, 5)]) {
      await migrate(current, STEPS);
      assert.deepEqual(current.executed, []);
    }
  });

  it("refuses a newer schema with E_CATALOG", async () => {
    for (const newer of [session(6), session(0, 6)]) {
      await assert.rejects(migrate(newer, STEPS), (error) => databaseReason(error) === "newer");
      assert.deepEqual(newer.executed, []);
    }
  });
});
