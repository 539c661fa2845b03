import type { LeaseStore } from "../backend/backend.ts";
import type { LeaseRecord } from "../backend/lease-record.ts";
import type { Clock } from "../protocol/clock.ts";
import { StorageError } from "../protocol/errors.ts";
import { addSeconds, ticksToMs } from "../protocol/ticks.ts";

/** What a lease protects: a share, one of its snapshots, or a file. */
export interface Leasable {
  readonly kind: "share" | "file";
  readonly name: string;
}

/** The leasable of a share or of one of its snapshots. */
export function shareLease(share: string, snapshot: string | undefined): Leasable {
  return { kind: "share", name: snapshot === undefined ? `share:${share}` : `share:${share}@${snapshot}` };
}

/** The leasable of a file, wherever it is moved. */
export function fileLease(share: string, fileId: bigint): Leasable {
  return { kind: "file", name: `file:${share}:${fileId}` };
}

/** A lease's state by the service's words. */
export interface LeaseView {
  readonly state: "available" | "leased" | "expired" | "breaking" | "broken";
  readonly record: LeaseRecord | undefined;
}

/** The rules of leases over the records that a backend keeps. */
export class LeaseBook {
  readonly #store: LeaseStore;
  readonly #clock: Clock;

  constructor(store: LeaseStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async view({ name }: Leasable): Promise<LeaseView> {
    const record = await this.#store.get(name);
    if (record === undefined) return { state: "available", record };
    const now = this.#clock();
    if (record.brokenAt !== undefined) return { state: record.brokenAt > now ? "breaking" : "broken", record };
    const over = record.expiresAt !== undefined && record.expiresAt <= now;
    return { state: over ? "expired" : "leased", record };
  }

  /** `x-ms-lease-state`, `-status` and `-duration` of an answer. */
  async headers(resource: Leasable): Promise<Readonly<Record<string, string | undefined>>> {
    const { state, record } = await this.view(resource);
    const duration = record?.durationSeconds === undefined ? "infinite" : "fixed";
    return {
      "x-ms-lease-state": state,
      "x-ms-lease-status": isHeld(state) ? "locked" : "unlocked",
      "x-ms-lease-duration": state === "leased" ? duration : undefined,
    };
  }

  /** Lets a request pass that holds the lease, or that needs none. A read passes without naming the lease. */
  async check(resource: Leasable, leaseId: string | undefined, access: "read" | "write"): Promise<void> {
    const { state, record } = await this.view(resource);
    const isFile = resource.kind === "file";
    if (leaseId === undefined) {
      if (isHeld(state) && access === "write") throw new StorageError("LeaseIdMissing");
      return;
    }
    if (record === undefined) {
      throw new StorageError(isFile ? "LeaseNotPresentWithFileOperation" : "LeaseNotPresentWithContainerOperation");
    }
    if (!sameId(record.id, leaseId)) {
      throw new StorageError(isFile ? "LeaseIdMismatchWithFileOperation" : "LeaseIdMismatchWithContainerOperation");
    }
    if (!isHeld(state)) throw new StorageError("LeaseLost");
  }

  /** Hands the lease of something that was replaced to what replaced it. */
  async transfer(from: Leasable, to: Leasable): Promise<void> {
    const record = await this.#store.get(from.name);
    if (record === undefined) return;
    await this.#store.set(to.name, record);
    await this.#store.set(from.name, undefined);
  }

  /** Forgets the lease of something that is deleted. */
  async forget({ name }: Leasable): Promise<void> {
    if ((await this.#store.get(name)) !== undefined) await this.#store.set(name, undefined);
  }

  /** A lease without end when `seconds` is undefined. Throws LeaseAlreadyPresent, LeaseIsBreakingAndCannotBeAcquired. */
  async acquire(resource: Leasable, id: string, seconds: number | undefined): Promise<void> {
    const { state, record } = await this.view(resource);
    if (state === "breaking") throw new StorageError("LeaseIsBreakingAndCannotBeAcquired");
    if (state === "leased" && record !== undefined && !sameId(record.id, id)) throw new StorageError("LeaseAlreadyPresent");
    await this.#store.set(resource.name, this.#record(id, seconds));
  }

  /** Starts the term again. Throws the LeaseWithLeaseOperation family. */
  async renew(resource: Leasable, id: string): Promise<void> {
    const { state, record } = await this.#owned(resource, id);
    if (state === "breaking" || state === "broken") throw new StorageError("LeaseIsBrokenAndCannotBeRenewed");
    await this.#store.set(resource.name, this.#record(id, record.durationSeconds));
  }

  async change(resource: Leasable, id: string, proposed: string): Promise<void> {
    const { state, record } = await this.view(resource);
    if (record === undefined || !isHeld(state)) throw new StorageError("LeaseNotPresentWithLeaseOperation");
    if (state === "breaking") throw new StorageError("LeaseIsBreakingAndCannotBeChanged");
    if (!sameId(record.id, id) && !sameId(record.id, proposed)) throw new StorageError("LeaseIdMismatchWithLeaseOperation");
    await this.#store.set(resource.name, { ...record, id: proposed });
  }

  async release(resource: Leasable, id: string): Promise<void> {
    await this.#owned(resource, id);
    await this.#store.set(resource.name, undefined);
  }

  /** Ends a lease after `periodSeconds`, or at once, or when its term is over if that is sooner. The seconds that remain. */
  async break(resource: Leasable, periodSeconds: number | undefined): Promise<number> {
    const { state, record } = await this.view(resource);
    if (record === undefined) throw new StorageError("LeaseNotPresentWithLeaseOperation");
    const now = this.#clock();
    const secondsUntil = (end: bigint): number => Math.max(0, Math.ceil((ticksToMs(end) - ticksToMs(now)) / 1000));
    const remaining = record.expiresAt === undefined ? undefined : secondsUntil(record.expiresAt);
    if (state !== "leased") return record.brokenAt === undefined ? 0 : secondsUntil(record.brokenAt);
    const seconds = Math.min(periodSeconds ?? remaining ?? 0, remaining ?? Number.POSITIVE_INFINITY);
    await this.#store.set(resource.name, { ...record, brokenAt: addSeconds(now, seconds) });
    return seconds;
  }

  async #owned(resource: Leasable, id: string): Promise<{ readonly state: LeaseView["state"]; readonly record: LeaseRecord }> {
    const { state, record } = await this.view(resource);
    if (record === undefined) throw new StorageError("LeaseNotPresentWithLeaseOperation");
    if (!sameId(record.id, id)) throw new StorageError("LeaseIdMismatchWithLeaseOperation");
    return { state, record };
  }

  #record(id: string, durationSeconds: number | undefined): LeaseRecord {
    const expiresAt = durationSeconds === undefined ? undefined : addSeconds(this.#clock(), durationSeconds);
    return { id, durationSeconds, expiresAt, brokenAt: undefined };
  }
}

function isHeld(state: LeaseView["state"]): boolean {
  return state === "leased" || state === "breaking";
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
