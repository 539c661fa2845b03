import { below, fraction, hash32 } from "../../random/hash.ts";
import { ARCHIVE, DIRECTORY, READ_ONLY } from "../../protocol/file-attributes.ts";
import { etagOf } from "../../protocol/ticks.ts";
import type { NodeProperties, NodeRecord } from "../node-record.ts";
import type { FileHistory, FileState } from "./file-history.ts";
import { directoryId, fileIdOf } from "./node-id.ts";
import { directoryName, fileName } from "./node-name.ts";
import type { PermissionKeys } from "./permission-keys.ts";
import type { SyntheticSpec } from "./spec.ts";
import { changedAt, createdAt } from "./synthetic-times.ts";
import type { TreeShape } from "./tree-shape.ts";

const SALT = { directory: 61, permission: 62, own: 63, readOnly: 64, metadata: 65 } as const;

/** Most files have the descriptor that their directory hands down. */
const OWN_PERMISSION_SHARE = 0.05;
const READ_ONLY_SHARE = 0.01;
const METADATA_SHARE = 0.01;

/** Makes the records that the protocol shows. */
export class NodeRecords {
  readonly #spec: SyntheticSpec;
  readonly #shape: TreeShape;
  readonly #history: FileHistory;
  readonly #keys: PermissionKeys;

  constructor(parts: { spec: SyntheticSpec; shape: TreeShape; history: FileHistory; keys: PermissionKeys }) {
    this.#spec = parts.spec;
    this.#shape = parts.shape;
    this.#history = parts.history;
    this.#keys = parts.keys;
  }

  file(state: FileState): NodeRecord {
    const { base, place, incarnation } = state;
    const fileId = fileIdOf(place, incarnation);
    const written = changedAt(base, state.written);
    const changed = changedAt(base, state.changed);
    return {
      ...this.#common(base, { written, changed, created: createdAt(base, state.born), accessed: written }),
      kind: "file",
      name: fileName(state),
      fileId,
      parentId: directoryId(place.dir),
      generation: fileId,
      size: state.size,
      attributes: fraction(base, SALT.readOnly) < READ_ONLY_SHARE ? ARCHIVE | READ_ONLY : ARCHIVE,
      permissionKey: this.#keys.at(this.#permissionOf(state)),
      headers: { "content-type": "application/octet-stream" },
      metadata: fraction(base, SALT.metadata) < METADATA_SHARE ? { origin: "synthetic" } : {},
    };
  }

  /** A directory changes when it gets new files; renames and removals of files do not show, to keep this cheap. */
  directory(dir: number, generation: number): NodeRecord {
    const { seed } = this.#spec;
    const base = hash32(seed, SALT.directory, dir);
    const changed = changedAt(base, this.#history.lastAddition(dir, generation));
    return {
      ...this.#common(base, { written: changed, changed, created: createdAt(base, 0), accessed: changed }),
      kind: "directory",
      name: dir === 0 ? "" : directoryName(seed, dir, this.#shape.ordinalOf(dir)),
      fileId: directoryId(dir),
      parentId: dir === 0 ? 0n : directoryId(this.#shape.parentOf(dir)),
      generation: 0n,
      size: 0,
      attributes: DIRECTORY,
      permissionKey: this.#keys.at(this.#directoryPermission(dir)),
      headers: {},
      metadata: {},
    };
  }

  #common(
    base: number,
    times: NodeProperties["times"],
  ): Pick<NodeRecord, "times" | "posix" | "copy" | "etag" | "modified" | "linkCount" | "linkText"> {
    const modified = times.changed > times.written ? times.changed : times.written;
    return { times, posix: undefined, copy: undefined, etag: etagOf(modified), modified, linkCount: 1, linkText: undefined };
  }

  #permissionOf({ base, place }: FileState): number {
    if (fraction(base, SALT.own) >= OWN_PERMISSION_SHARE) return this.#directoryPermission(place.dir);
    return below(this.#spec.permissions, base, SALT.permission);
  }

  #directoryPermission(dir: number): number {
    return below(this.#spec.permissions, this.#spec.seed, SALT.permission, dir);
  }
}
