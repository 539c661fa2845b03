import type { Migration } from "../../database/migrations.ts";

/** Marks a file as a catalog of ours ("Varv"), so that another program's database is never touched. */
export const APPLICATION_ID = 0x56617276;

/**
 * Rows hang on a `tree`, and a source points to its current tree: a first backup fills a tree of its own in short transactions
 * and becomes visible by one update. `nodes` and `directories` are kept in key order without a row id: the key is stored once.
 *
 * - `name` is TEXT with one code point (0-255) a byte: its order is the order of the bytes, and reading and binding strings
 *   is 2.5 and 1.8 times as fast as BLOBs (measured). Bytes above 127 take two.
 * - ids and hashes are unsigned 64-bit values, kept as the signed value of the same bits.
 * - `token` is the change token minus `modified`, which is 0 for most files and then takes no space.
 * - `stamp` stands for all rows of the directory; NULL when it is not known.
 * - `staged` lists what a stage replaces (0), removes (1) and, while it commits, everything below that (2).
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE sources (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, tree INTEGER NOT NULL, generation INTEGER NOT NULL,
        snapshot TEXT NOT NULL, root INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE trees (id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL) STRICT;
      CREATE TABLE nodes (
        tree INTEGER NOT NULL, parent INTEGER NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, id INTEGER NOT NULL,
        size INTEGER NOT NULL, modified INTEGER NOT NULL, token INTEGER NOT NULL, xor INTEGER NOT NULL,
        PRIMARY KEY (tree, parent, name)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX nodes_directory ON nodes (tree, id) WHERE kind = 1;
      CREATE TABLE directories (
        tree INTEGER NOT NULL, id INTEGER NOT NULL, page BLOB NOT NULL, page_length INTEGER NOT NULL,
        files INTEGER NOT NULL, directories INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (tree, id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE staged (tree INTEGER NOT NULL, what INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tree, what, id))
        STRICT, WITHOUT ROWID;
      PRAGMA application_id = ${APPLICATION_ID};
    `,
  },
  { version: 2, sql: "ALTER TABLE directories ADD COLUMN stamp INTEGER" },
];
