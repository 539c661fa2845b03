import type { Random } from "../../src/shared/random.ts";
import type { ByteRange, CreateOutcome, ObjectInfo, ObjectStore, StoreCapabilities } from "../../src/storage/object-store.ts";

/** Turns of the event loop that nobody asks for anything, after which those still running are stuck. */
const IDLE_TURNS_MAX = 2000;

/** Lets calls of many actors through one at a time, in an order drawn from a seed: every interleaving of their calls can happen. */
export class Gate {
  readonly #random: Random;
  #waiting: { readonly call: string; readonly open: () => void }[] = [];
  /** The calls in the order in which they took effect. */
  readonly trace: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Resolves when the call may take effect. */
  pass(call: string): Promise<void> {
    return new Promise((open) => this.#waiting.push({ call, open }));
  }

  /** Runs the actors to their end; `afterStep` sees the world after each call, when nobody moves. */
  async run(actors: readonly Promise<unknown>[], afterStep: () => Promise<void>): Promise<void> {
    const running = new Set(actors);
    for (const actor of actors) {
      const ended = (): unknown => running.delete(actor);
      void actor.then(ended, ended);
    }
    for (let idle = 0; running.size > 0;) {
      await turn();
      const [next] = this.#waiting.splice(Math.floor(this.#random.fraction() * this.#waiting.length), 1);
      idle = next === undefined ? idle + 1 : 0;
      if (idle > IDLE_TURNS_MAX) throw new Error(`stuck after ${this.trace.slice(-5).join(", ")}`);
      if (next === undefined) continue;
      this.trace.push(next.call);
      next.open();
      await turn();
      await afterStep();
    }
    await Promise.all(actors);
  }
}

/** Everything that can happen without another call happens before the turn ends: a memory store answers in microtasks. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A store whose calls pass a gate before they take effect. */
export class GatedStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #gate: Pick<Gate, "pass">;
  readonly #actor: string;

  constructor(inner: ObjectStore, gate: Pick<Gate, "pass">, actor: string) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
    this.#gate = gate;
    this.#actor = actor;
  }

  async create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
    await this.#pass("create", key);
    return await this.#inner.create(key, parts);
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    await this.#pass("read", key);
    return await this.#inner.read(key, range);
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    await this.#pass("stat", key);
    return await this.#inner.stat(key);
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    await this.#pass("list", prefix);
    yield* this.#inner.list(prefix);
  }

  async remove(key: string): Promise<void> {
    await this.#pass("remove", key);
    await this.#inner.remove(key);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #pass(operation: string, key: string): Promise<void> {
    return this.#gate.pass(`${this.#actor} ${operation} ${key.slice(0, 16)}`);
  }
}
