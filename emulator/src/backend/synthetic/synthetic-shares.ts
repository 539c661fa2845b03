import type { Clock } from "../../protocol/clock.ts";
import { StorageError } from "../../protocol/errors.ts";
import { etagOf, formatTicks, type Ticks } from "../../protocol/ticks.ts";
import type { ShareStore, SnapshotStore, View } from "../backend.ts";
import type { ShareRecord, SnapshotRecord } from "../share-record.ts";
import type { SyntheticSpec } from "./spec.ts";

/** Mean of a lognormal distribution over its median. */
const meanOver = (sigma: number): number => Math.exp(sigma ** 2 / 2);

/** The one share, and which generation its live tree and each of its snapshots show. */
export class SyntheticShares {
  readonly store: ShareStore;
  readonly snapshots: SnapshotStore;
  readonly #spec: SyntheticSpec;
  readonly #clock: Clock;
  readonly #record: ShareRecord;
  readonly #frozen = new Map<string, { readonly record: SnapshotRecord; readonly generation: number }>();
  /** Generation of the live tree. */
  generation: number;

  constructor(spec: SyntheticSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
    this.#record = shareRecord(spec.share, clock());
    this.generation = spec.generation;
    this.store = this.#shareStore();
    this.snapshots = this.#snapshotStore();
  }

  /** Throws ShareNotFound, ShareSnapshotNotFound. */
  generationOf({ share, snapshot }: View): number {
    this.#require(share);
    if (snapshot === undefined) return this.generation;
    const frozen = this.#frozen.get(snapshot);
    if (frozen === undefined) throw new StorageError("ShareSnapshotNotFound");
    return frozen.generation;
  }

  #require(share: string): void {
    if (share !== this.#spec.share) throw new StorageError("ShareNotFound");
  }

  #shareStore(): ShareStore {
    const refuse = async (): Promise<never> => {
      throw new StorageError("NotImplemented", { message: "A synthetic share cannot be written to." });
    };
    return {
      list: async () => [this.#record],
      get: async (name) => (name === this.#spec.share ? this.#record : undefined),
      create: refuse,
      update: refuse,
      delete: refuse,
      usageBytes: async (name) => {
        this.#require(name);
        return Math.round(this.#spec.files * this.#spec.medianBytes * meanOver(this.#spec.sigma));
      },
    };
  }

  #snapshotStore(): SnapshotStore {
    return {
      list: async (share) => {
        this.#require(share);
        return [...this.#frozen.values()].map(({ record }) => record);
      },
      get: async (share, snapshot) => (share === this.#spec.share ? this.#frozen.get(snapshot)?.record : undefined),
      create: async (share, { metadata, countMax }) => {
        this.#require(share);
        if (this.#frozen.size >= countMax) throw new StorageError("ShareSnapshotCountExceeded");
        const snapshot = formatTicks(this.#clock());
        const record = { ...this.#record, snapshot, metadata };
        this.#frozen.set(snapshot, { record, generation: this.generation });
        return record;
      },
      delete: async (share, snapshot) => {
        this.#require(share);
        if (!this.#frozen.delete(snapshot)) throw new StorageError("ShareSnapshotNotFound");
      },
    };
  }
}

function shareRecord(name: string, now: Ticks): ShareRecord {
  return {
    name,
    protocol: "SMB",
    quotaGib: 102_400,
    accessTier: "TransactionOptimized",
    rootSquash: "NoRootSquash",
    metadata: {},
    policies: [],
    etag: etagOf(now),
    modified: now,
    tierChangedAt: now,
  };
}
