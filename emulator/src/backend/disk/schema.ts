/**
 * Every row of names, nodes and extents lives through a span of epochs, `born <= epoch < died`. A share counts its epochs: taking a snapshot
 * ends one, so it costs a row, whatever the share holds. A change in a later epoch leaves the old row behind for the snapshots that see it.
 *
 * Node numbers are unique over all shares, so a directory's number is enough to find its names.
 */
export const SCHEMA: string = `
CREATE TABLE IF NOT EXISTS share (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  root INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  modified INTEGER NOT NULL,
  tier_changed INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS snapshot (
  share INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  stamp TEXT NOT NULL,
  modified INTEGER NOT NULL,
  tier_changed INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (share, stamp)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS entry (
  dir INTEGER NOT NULL,
  key TEXT NOT NULL,
  born INTEGER NOT NULL,
  died INTEGER NOT NULL,
  name TEXT NOT NULL,
  node INTEGER NOT NULL,
  share INTEGER NOT NULL,
  PRIMARY KEY (dir, key, born)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_node ON entry (node, born);

CREATE TABLE IF NOT EXISTS node (
  id INTEGER NOT NULL,
  born INTEGER NOT NULL,
  died INTEGER NOT NULL,
  share INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  size INTEGER NOT NULL,
  created INTEGER NOT NULL,
  accessed INTEGER NOT NULL,
  written INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  attributes INTEGER NOT NULL,
  links INTEGER NOT NULL,
  permission TEXT NOT NULL,
  more TEXT,
  PRIMARY KEY (id, born)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS extent (
  node INTEGER NOT NULL,
  start INTEGER NOT NULL,
  born INTEGER NOT NULL,
  died INTEGER NOT NULL,
  length INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  position INTEGER NOT NULL,
  written INTEGER NOT NULL,
  share INTEGER NOT NULL,
  PRIMARY KEY (node, start, born)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS entry_dead ON entry (share, died) WHERE died < ${2 ** 52};
CREATE INDEX IF NOT EXISTS node_dead ON node (share, died) WHERE died < ${2 ** 52};
CREATE INDEX IF NOT EXISTS extent_dead ON extent (share, died) WHERE died < ${2 ** 52};

CREATE TABLE IF NOT EXISTS permission (
  share INTEGER NOT NULL,
  key TEXT NOT NULL,
  format TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (share, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS lease (resource TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Moves with every change of the schema; there is no way from one to another, since shares here are made for tests. */
export const SCHEMA_VERSION = 1;

/** The death of rows that still live. */
export const ALIVE: number = 2 ** 52;
