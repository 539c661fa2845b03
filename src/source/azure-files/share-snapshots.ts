import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import { firstPage } from "./first-page.ts";
import type { ShareConnection } from "./share-connection.ts";

/** Metadata that marks a share snapshot as one of ours; its value says whose. */
const MARK = "varve";

/** Leases end by themselves soon after a run was killed; while it lives they are renewed. */
const LEASE_SECONDS = 30;
const LEASE_RENEW_MS = 10_000;

export interface SnapshotDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Whose snapshots these are: the same for every run of one source into one repository, and for nothing else. */
  readonly owner: string;
  readonly note: (text: string) => void;
}

/**
 * The share snapshots of one source: made for a run, one kept as the base of the next run's differences, older ones of ours
 * deleted. Snapshots of anybody else are never touched, nor are those that another run of the same source is reading: it holds a
 * lease on its own.
 */
export class ShareSnapshots {
  readonly #connection: ShareConnection;
  readonly #deps: SnapshotDeps;
  #held: { readonly name: string; readonly leaseId: string | undefined; readonly stop: AbortController } | undefined;

  constructor(connection: ShareConnection, deps: SnapshotDeps) {
    this.#connection = connection;
    this.#deps = deps;
  }

  /** Makes the snapshot that this run reads and protects it. A full share is relieved of what killed runs left. */
  async create(signal?: AbortSignal): Promise<string> {
    const name = await this.#make(signal).catch(async (error: unknown) => {
      if (!isAppError(error, "E_SHARE") || error.data["serviceCode"] !== "ShareSnapshotCountExceeded") throw error;
      // The base is older than what runs left that were killed after it.
      const [oldest = "", ...leftovers] = (await this.ours()) ?? [];
      if (leftovers.length === 0) throw error;
      await this.removeOthers([oldest]);
      return await this.#make(signal);
    });
    const leaseId = await this.#lease(name);
    const stop = new AbortController();
    this.#held = { name, leaseId, stop };
    if (leaseId !== undefined) void this.#renew(name, leaseId, stop.signal);
    return name;
  }

  async #make(signal: AbortSignal | undefined): Promise<string> {
    const share = this.#connection.share("");
    return await this.#connection.call({ doing: "make a share snapshot", needs: "snapshot", signal }, async (attempt) => {
      const made = await share.createSnapshot({ metadata: { [MARK]: this.#deps.owner }, abortSignal: attempt.signal });
      return attempt.raw()?.header("x-ms-snapshot") || (made.snapshot ?? "");
    });
  }

  /** Names of our snapshots, oldest first; undefined when the credential may not list them. */
  async ours(): Promise<readonly string[] | undefined> {
    const { share } = this.#connection.spec;
    const found: string[] = [];
    let marker: string | undefined;
    try {
      do {
        const next: string | undefined = marker;
        marker = await this.#connection.call({ doing: "list the share snapshots", needs: "list" }, async ({ signal }) => {
          const pages = this.#connection
            .service()
            .listShares({ prefix: share, includeSnapshots: true, includeMetadata: true, abortSignal: signal })
            .byPage(next === undefined ? {} : { continuationToken: next });
          const page = await firstPage(pages);
          if (page === undefined) return undefined;
          for (const item of page.shareItems ?? []) {
            if (item.name === share && item.snapshot !== undefined && item.metadata?.[MARK] === this.#deps.owner) found.push(item.snapshot);
          }
          return page.continuationToken || undefined;
        });
      } while (marker !== undefined);
    } catch (error) {
      // A SAS of one share may not list shares. Then only the base is known, by its name.
      if (isAppError(error, "E_SHARE_DENIED")) return undefined;
      throw error;
    }
    return found.sort();
  }

  /** Deletes our snapshots but for `keep`, and those that a running backup holds. What cannot be deleted is told and stays. */
  async removeOthers(keep: readonly string[]): Promise<void> {
    for (const name of (await this.ours()) ?? []) if (!keep.includes(name)) await this.remove(name);
  }

  /** Deletes one snapshot; it is fine when it is gone already. */
  async remove(name: string): Promise<void> {
    if (this.#held?.name === name) await this.release();
    try {
      await this.#connection.call({ doing: `delete share snapshot ${name}`, needs: "remove" }, ({ signal }) =>
        this.#connection.share(name).delete({ abortSignal: signal }),
      );
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const code = error.data["serviceCode"];
      if (code === "ShareSnapshotNotFound" || code === "ShareNotFound") return;
      // Somebody's lease: another run reads it.
      if (typeof code === "string" && code.startsWith("LeaseId")) return;
      this.#deps.note(`share snapshot ${name} stays: ${error.why}`);
    }
  }

  /** Gives up the lease; the snapshot stays. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    held?.stop.abort();
    if (held?.leaseId === undefined) return;
    const { name, leaseId } = held;
    await this.#connection
      .call({ doing: "release the lease of a share snapshot", needs: "write" }, ({ signal }) =>
        this.#connection.lease(this.#connection.share(name), leaseId).releaseLease({ abortSignal: signal }),
      )
      .catch(() => undefined);
  }

  /** Undefined when the service or the credential does not allow leases: then only the run's own care protects the snapshot. */
  async #lease(name: string): Promise<string | undefined> {
    const leaseId = uuid(this.#deps.random);
    try {
      await this.#connection.call({ doing: "lease the share snapshot", needs: "write" }, ({ signal }) =>
        this.#connection.lease(this.#connection.share(name), leaseId).acquireLease(LEASE_SECONDS, { abortSignal: signal }),
      );
      return leaseId;
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  async #renew(name: string, leaseId: string, stop: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#deps.clock.sleep(LEASE_RENEW_MS, stop);
        await this.#connection.call({ doing: "renew the lease of the share snapshot", needs: "write", signal: stop }, ({ signal }) =>
          this.#connection.lease(this.#connection.share(name), leaseId).renewLease({ abortSignal: signal }),
        );
      }
    } catch {
      // Ended by us, or lost: reading goes on, and says so when the snapshot is gone.
    }
  }
}

/** A random UUID, version 4. */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
