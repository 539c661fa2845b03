import type { Clock } from "../../protocol/clock.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Backend, ContentReader, ContentWriter, LeaseStore, PermissionStore, TreeReader, TreeWriter } from "../backend.ts";
import type { LeaseRecord } from "../lease-record.ts";
import { changesSince, contentOf } from "./file-content.ts";
import { FileHistory, type FileState } from "./file-history.ts";
import { NodeRecords } from "./node-records.ts";
import { PermissionKeys } from "./permission-keys.ts";
import { GENERATIONS_MAX, type SyntheticSpec } from "./spec.ts";
import { SyntheticShares } from "./synthetic-shares.ts";
import { SyntheticTree } from "./synthetic-tree.ts";
import { TreeShape } from "./tree-shape.ts";

/** A backend whose live tree can be moved to another generation. */
export interface SyntheticBackend extends Backend {
  readonly generation: number;
  /** Throws a RangeError for what is no generation. Snapshots stay in theirs. */
  setGeneration(generation: number): void;
}

/**
 * A share that follows from a few numbers: names, properties and content are computed when they are asked for, so that size costs neither
 * disk nor memory. It can be read, frozen in snapshots and leased, not written to; it changes only from generation to generation.
 */
export function openSyntheticBackend(spec: SyntheticSpec, clock: Clock): SyntheticBackend {
  const shape = new TreeShape(spec);
  const history = new FileHistory(spec, shape);
  const keys = new PermissionKeys(spec.seed, spec.permissions);
  const tree = new SyntheticTree({ shape, history, records: new NodeRecords({ spec, shape, history, keys }) });
  const shares = new SyntheticShares(spec, clock);
  return {
    shares: shares.store,
    snapshots: shares.snapshots,
    tree: treeReader(tree, shares),
    content: contentReader(tree, shares),
    permissions: permissionStore(keys, shares),
    writer: READ_ONLY_TREE,
    contentWriter: READ_ONLY_CONTENT,
    leases: leaseStore(),
    close: async () => undefined,
    get generation() {
      return shares.generation;
    },
    setGeneration: (generation) => {
      const known = Number.isInteger(generation) && generation >= 0 && generation <= GENERATIONS_MAX;
      if (!known) throw new RangeError(`a generation is a whole number from 0 to ${GENERATIONS_MAX}, not ${generation}`);
      shares.generation = generation;
    },
  };
}

function treeReader(tree: SyntheticTree, shares: SyntheticShares): TreeReader {
  return {
    find: async (view, path) => tree.find(path, shares.generationOf(view)),
    get: async (view, fileId) => tree.get(fileId, shares.generationOf(view)),
    pathOf: async (view, fileId) => tree.pathOf(fileId, shares.generationOf(view)),
    list: async (view, directoryId, page) => tree.list(directoryId, page, shares.generationOf(view)),
  };
}

function contentReader(tree: SyntheticTree, shares: SyntheticShares): ContentReader {
  const stateOf = (view: Parameters<ContentReader["read"]>[0], fileId: bigint): FileState => {
    const state = tree.stateOf(fileId, shares.generationOf(view));
    if (state === undefined) throw new StorageError("ResourceNotFound");
    return state;
  };
  return {
    read: async (view, fileId, range) => contentOf(stateOf(view, fileId), range),
    ranges: async (view, fileId, window) => {
      const end = Math.min(window.offset + window.length, stateOf(view, fileId).size);
      return end > window.offset ? [{ offset: window.offset, length: end - window.offset }] : [];
    },
    changes: async (view, fileId, { since, window }) => {
      const generation = shares.generationOf({ share: view.share, snapshot: since });
      return changesSince(stateOf(view, fileId), generation, window);
    },
  };
}

function permissionStore(keys: PermissionKeys, shares: SyntheticShares): PermissionStore {
  return {
    put: readOnly,
    get: async (share, key) => {
      shares.generationOf({ share, snapshot: undefined });
      return keys.get(key);
    },
  };
}

function leaseStore(): LeaseStore {
  const leases = new Map<string, LeaseRecord>();
  return {
    get: async (resource) => leases.get(resource),
    set: async (resource, lease) => {
      if (lease === undefined) leases.delete(resource);
      else leases.set(resource, lease);
    },
  };
}

/** Refuses whatever would write. */
async function readOnly(): Promise<never> {
  throw new StorageError("NotImplemented", { message: "A synthetic share cannot be written to." });
}

const READ_ONLY_TREE: TreeWriter = { create: readOnly, link: readOnly, update: readOnly, remove: readOnly, rename: readOnly };
const READ_ONLY_CONTENT: ContentWriter = { write: readOnly, clear: readOnly };
