import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { StoreOperation } from "../meter/meter-store.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import type { Fault, FaultPlan } from "./faults.ts";

/** Makes calls go wrong by plan: for tests and simulations. */
export class FaultStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #plan: FaultPlan;
  readonly #clock: Clock;
  readonly #numbers: Record<StoreOperation, number> = { create: 0, read: 0, stat: 0, list: 0, remove: 0 };

  constructor(inner: ObjectStore, plan: FaultPlan, clock: Clock) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#plan = plan;
    this.#clock = clock;
  }

  create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    return this.#call(this.#next("create", key), key, () => this.#inner.create(key, parts, options));
  }

  async read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    const fault = this.#next("read", key);
    const bytes = await this.#call(fault, key, () => this.#inner.read(key, range, options));
    if (fault?.kind === "truncate") return bytes.slice(0, Math.min(fault.keepBytes, Math.max(0, bytes.length - 1)));
    if (fault?.kind === "flip" && bytes.length > 0) {
      const bit = fault.bit % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    return bytes;
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(this.#next("stat", key), key, () => this.#inner.stat(key, options));
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    const fault = this.#next("list", prefix);
    await this.#before(fault, prefix);
    const breaksAfter = fault?.kind === "break-list" ? fault.afterObjects : Infinity;
    let count = 0;
    for await (const info of this.#inner.list(prefix, options)) {
      if (count >= breaksAfter) throw injected(prefix, fault);
      count += 1;
      yield info;
    }
    if (breaksAfter !== Infinity) throw injected(prefix, fault);
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#call(this.#next("remove", key), key, () => this.#inner.remove(key, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #next(operation: StoreOperation, key: string): Fault | undefined {
    this.#numbers[operation] += 1;
    return this.#plan({ operation, key, number: this.#numbers[operation] });
  }

  async #call<T>(fault: Fault | undefined, key: string, call: () => Promise<T>): Promise<T> {
    await this.#before(fault, key);
    const result = await call();
    if (fault?.kind === "fail-after") throw injected(key, fault);
    return result;
  }

  async #before(fault: Fault | undefined, key: string): Promise<void> {
    if (fault?.kind === "delay") await this.#clock.sleep(fault.delayMs);
    if (fault?.kind === "fail-before") throw injected(key, fault);
  }
}

function injected(key: string, fault: Fault | undefined): AppError {
  const { code, retryable, retryAfterMs }: Partial<Extract<Fault, { kind: "fail-before" }>> = { ...fault, kind: "fail-before" };
  return new AppError({
    code: code ?? "E_STORE_UNAVAILABLE",
    what: `injected fault at ${key}`,
    retryable: retryable ?? code === undefined,
    data: { key, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}
