import { decodeSession } from "../../src/format/records.ts";
import { openObject } from "../../src/crypto/sealed-stream.ts";
import { OBJECT_KIND } from "../../src/format/sealed-object.ts";
import { decide } from "../../src/repository/registers.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { ManualClock } from "../../src/shared/clock.ts";
import { type Random, seededRandom } from "../../src/shared/random.ts";
import { FaultStore } from "../../src/storage/fault/fault-store.ts";
import type { FaultPlan } from "../../src/storage/fault/faults.ts";
import { MemoryStore } from "../../src/storage/memory/memory-store.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { RetryStore } from "../../src/storage/retry/retry-store.ts";
import { initMemory, openIn } from "../support/memory-repository.ts";
import { readBack, sameFlat, thinBackup, type ThinBackupOptions, type Tree } from "../support/thin-backup.ts";
import { Gate, GatedStore } from "./gate.ts";
import { History } from "./history.ts";
import { Invariants } from "./invariants.ts";
import { CONTENT_CANARY, NAME_CANARY } from "./trees.ts";
import { WatchedObjects } from "./watched-objects.ts";

const PASSWORD = "canary-in-a-password";

/** Ten years, in which clocks of different machines may differ. */
const SKEW_NS = 10 * 365 * 24 * 3600 * 1e9;

/** How one actor sees the store. */
export interface ActorOptions {
  readonly faults?: FaultPlan;
  /** Calls are repeated as in production; without, every fault reaches the repository. */
  readonly retries?: boolean;
  /** Below faults and retries: a store that does not keep its promises. */
  readonly store?: (inner: ObjectStore) => ObjectStore;
  readonly random?: Random;
  /** False for an actor that works alone: its calls need no turn. */
  readonly gated?: boolean;
}

export interface AttemptOptions extends ActorOptions, Pick<ThinBackupOptions, "loadIndex"> {
  readonly attempt?: number;
}

/** A repository, everybody who works on it, and what must hold. Everything that happens follows from the seed. */
export class World {
  readonly objects: WatchedObjects;
  readonly history: History;
  readonly invariants: Invariants;
  readonly gate: Gate;
  readonly #seed: number;
  readonly #recoveryKey: string;
  #actors = 0;

  private constructor(parts: { objects: WatchedObjects; history: History; invariants: Invariants; seed: number; recoveryKey: string }) {
    this.objects = parts.objects;
    this.history = parts.history;
    this.invariants = parts.invariants;
    this.#seed = parts.seed;
    this.#recoveryKey = parts.recoveryKey;
    this.gate = new Gate(this.random("order"));
  }

  /** A new repository with a password. Actors open it by its recovery key: that takes no thread pool, so the order of things stays ours. */
  static async create(seed: number): Promise<World> {
    const objects = new WatchedObjects();
    const { recoveryKey = "" } = await initMemory(objects, { password: PASSWORD, random: seededRandom(seed) });
    const history = new History([PASSWORD, recoveryKey, CONTENT_CANARY, NAME_CANARY]);
    return new World({ objects, history, seed, recoveryKey, invariants: await Invariants.watch(objects, history, { recoveryKey }) });
  }

  /** The same repository as it is now, in a world of its own. */
  async fork(): Promise<World> {
    const objects = new WatchedObjects(this.objects);
    const history = new History(this.history.canaries);
    for (const [job, tree] of this.history.trees) history.trees.set(job, tree);
    for (const snapshot of this.history.acknowledged) history.acknowledged.add(snapshot);
    const invariants = await Invariants.watch(objects, history, { recoveryKey: this.#recoveryKey });
    return new World({ objects, history, invariants, seed: this.#seed + 1, recoveryKey: this.#recoveryKey });
  }

  /** Randomness for one purpose: the same seed and purpose give the same. */
  random(purpose: string): Random {
    return seededRandom(BigInt(this.#seed) * 1_000_003n + BigInt(`0x${Buffer.from(purpose).toString("hex")}`));
  }

  /** Opens the repository as a process of its own would: with its own clock, randomness and way to the store. */
  async open(actor: string, options: ActorOptions = {}): Promise<OpenRepository> {
    this.#actors += 1;
    const random = options.random ?? this.random(`${actor} ${this.#actors}`);
    const clock = new ManualClock(1_700_000_000_000_000_000n + BigInt(Math.floor((random.fraction() - 0.5) * SKEW_NS)));
    const memory = new MemoryStore(this.objects);
    const shared: ObjectStore = options.gated === false ? memory : new GatedStore(memory, this.gate, actor);
    const faulty = new FaultStore(options.store?.(shared) ?? shared, options.faults ?? ((): undefined => undefined), clock);
    const store = options.retries === true ? new RetryStore(faulty, { clock, random }) : faulty;
    return await openIn(store, { secret: { recoveryKey: this.#recoveryKey }, clock, random });
  }

  /** One attempt to back up a job's tree, by an actor of its own. True when it was told that it is committed. */
  async backup(job: string, tree: Tree, options: AttemptOptions = {}): Promise<boolean> {
    const { attempt = 1, loadIndex, ...how } = options;
    this.history.job(job, tree);
    try {
      const repository = await this.open(`${job}#${attempt}`, how);
      const snapshot = await thinBackup(repository, tree, { tags: [job], host: `${job}#${attempt}`, ...(loadIndex && { loadIndex }) });
      this.history.acknowledged.add(snapshot);
      return true;
    } catch (error) {
      this.history.failed(job, error);
      return false;
    }
  }

  /**
   * What a scheduler does before it starts a job again: closes every session the job has announced. Tells whether one of them had
   * committed, which ends the job, and whose sessions are closed now.
   */
  async closeSessions(job: string): Promise<{ readonly done: boolean; readonly closed: ReadonlySet<string> }> {
    const { context } = await this.open(`fencer of ${job}`);
    const closed = new Set<string>();
    let done = false;
    for await (const { key } of context.store.list("sessions/")) {
      const { host } = decodeSession(openObject(OBJECT_KIND.session, await context.store.read(key), { ...context, storedAs: key }));
      if (!host.startsWith(`${job}#`)) continue;
      closed.add(host);
      const { stands } = await decide(context, key.slice("sessions/".length), {
        state: "fenced",
        by: "scheduler",
        nonce: context.random.bytes(16),
      });
      if (stands.state === "committed") done = true;
    }
    return { done, closed };
  }

  /** Closes the newest session that is still open, if there is one, as prune does when it will not wait. */
  async closeNewest(gated = true): Promise<void> {
    const open = [...this.objects.keys()].findLast(
      (key) => key.startsWith("sessions/") && !this.objects.has(key.replace("sessions/", "commits/")),
    );
    if (open === undefined) return;
    const { context } = await this.open("pruner", { gated });
    await decide(context, open.slice("sessions/".length), { state: "fenced", by: "pruner", nonce: context.random.bytes(16) });
  }

  /** Reads every snapshot there is: each as its job saved it, none missing and none too many; or an error, when the store gave reason. */
  async readAll(reader: string, options: ActorOptions = {}): Promise<void> {
    const before = new Set(this.history.acknowledged);
    try {
      const repository = await this.open(reader, options);
      const snapshots = await repository.snapshots();
      for (const error of repository.damage.values()) throw error;
      const seen = new Set(snapshots.map(({ id }) => id));
      for (const id of before) if (!seen.has(id)) this.history.violate(`I14 ${reader} does not see ${id.slice(0, 8)}`);
      for (const snapshot of snapshots) {
        const expected = this.history.trees.get(snapshot.manifest.tags[0] ?? "");
        if (expected === undefined || !sameFlat(await readBack(repository, snapshot), expected))
          this.history.violate(`I10 ${reader} reads ${snapshot.id.slice(0, 8)} wrong`);
      }
    } catch (error) {
      const told = this.history.failed(reader, error);
      if (options.faults === undefined) this.history.violate(`I10 ${reader} failed without a fault: ${told.what}: ${told.why}`);
    }
  }

  /** Runs actors to their end, every invariant checked after every call to the store, and once more when all are done. */
  async run(...actors: readonly Promise<unknown>[]): Promise<void> {
    await this.gate.run(actors, () => this.invariants.afterStep());
    await this.invariants.afterRun();
  }
}

/** What happens to a process that is killed: from call number `from` on nothing gets through, or that call does and its answer is lost. */
export function killedAt(from: number, lastTakesEffect: boolean): FaultPlan {
  let calls = 0;
  return ({ operation }) => {
    calls += 1;
    if (calls < from) return undefined;
    const lost = calls === from && lastTakesEffect && operation !== "list";
    return { kind: lost ? "fail-after" : "fail-before", code: "E_STORE", retryable: false };
  };
}
