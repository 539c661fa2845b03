/** A value that is there already or will be: lets synchronous implementations stay synchronous. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Lets at most `unitsMax` units be in use at once; waiters are served in order.
 * A request larger than the whole is cut to the whole, so that it can ever be granted.
 */
export class Semaphore {
  readonly #unitsMax: number;
  #used = 0;
  readonly #waiters: { units: number; grant: () => void }[] = [];

  constructor(unitsMax: number) {
    this.#unitsMax = unitsMax;
  }

  get used(): number {
    return this.#used;
  }

  /** Resolves with a function that gives the units back; calling it twice is harmless. */
  async acquire(units = 1): Promise<() => void> {
    const wanted = Math.min(units, this.#unitsMax);
    if (this.#waiters.length > 0 || this.#used + wanted > this.#unitsMax) {
      await new Promise<void>((grant) => this.#waiters.push({ units: wanted, grant }));
    } else {
      this.#used += wanted;
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#used -= wanted;
      this.#serve();
    };
  }

  #serve(): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      if (this.#used + first.units > this.#unitsMax) return;
      this.#used += first.units;
      this.#waiters.shift();
      first.grant();
    }
  }
}

/**
 * Maps `items` with at most `concurrencyMax` calls in flight and yields results in the order of the items.
 * The first failure ends the iteration; calls in flight are awaited, their results dropped.
 */
export async function* pooledMap<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrencyMax: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = map(item);
      result.catch(() => undefined);
      running.push(result);
      const oldest = running.length >= concurrencyMax ? running.shift() : undefined;
      if (oldest !== undefined) yield await oldest;
    }
    for (let oldest = running.shift(); oldest !== undefined; oldest = running.shift()) yield await oldest;
  } finally {
    await Promise.allSettled(running);
  }
}

/**
 * Calls `work` for each item, at most `concurrencyMax` at a time, in no order to rely on: a slow item holds up nobody but itself.
 * After the first failure no new item is begun; those in flight are awaited, then the failure is thrown.
 */
export async function forEachParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrencyMax: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const item of items) {
      const done = work(item).then(
        () => void running.delete(done),
        (error: unknown) => {
          failure ??= { error };
          running.delete(done);
        },
      );
      running.add(done);
      if (running.size >= concurrencyMax) await Promise.race(running);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.error as Error;
}
