import picomatch from "picomatch";
import type { Entry } from "../format/entry.ts";
import type { Repository, Snapshot } from "../repository/face.ts";
import { filterSnapshots, type SnapshotFilter } from "../repository/snapshots.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import { listTree } from "./list.ts";

export interface FindRequest {
  /** Globs. One without `/` is held against names, one with `/` against whole paths. */
  readonly patterns: readonly string[];
  readonly snapshots: SnapshotFilter;
  readonly ignoreCase: boolean;
}

/** An entry of a snapshot that matches. */
export interface FoundEntry {
  readonly snapshot: Snapshot;
  readonly path: ByteString;
  readonly entry: Entry;
}

/** Entries of all snapshots that pass the filter and match one of the patterns. */
export async function* findEntries(repository: Repository, request: FindRequest): AsyncGenerator<FoundEntry> {
  const options = { nocase: request.ignoreCase, dot: true };
  const names = picomatch(
    request.patterns.filter((pattern) => !pattern.includes("/")),
    options,
  );
  const paths = picomatch(
    request.patterns.filter((pattern) => pattern.includes("/")).map((pattern) => pattern.replace(/^\//, "")),
    options,
  );
  for (const snapshot of filterSnapshots(await repository.snapshots(), request.snapshots)) {
    for await (const { path, entry } of listTree(repository, { snapshot, path: "" as ByteString, recursive: true })) {
      if (names(displayBytes(lastPart(path))) || paths(displayBytes(path))) yield { snapshot, path, entry };
    }
  }
}

function lastPart(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1) as ByteString;
}
