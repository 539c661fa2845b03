interface Waiter {
  readonly owner: object;
  readonly grant: () => void;
}

/**
 * Lets at most `turnsMax` turns be taken at once and shares them out evenly: the next one goes to the owner that has the fewest, and
 * among its own to the one that asked first. So a lone owner gets them all, and of many none waits for another to end.
 */
export class FairTurns {
  readonly #turnsMax: number;
  readonly #held = new Map<object, number>();
  readonly #waiters: Waiter[] = [];
  #taken = 0;

  constructor(turnsMax: number) {
    this.#turnsMax = turnsMax;
  }

  /** Resolves with a function that ends the turn; to be called once. */
  async take(owner: object): Promise<() => void> {
    if (this.#taken < this.#turnsMax) this.#grant(owner);
    else await new Promise<void>((grant) => this.#waiters.push({ owner, grant }));
    return () => this.#end(owner);
  }

  #grant(owner: object): void {
    this.#taken += 1;
    this.#held.set(owner, this.#holds(owner) + 1);
  }

  #end(owner: object): void {
    this.#taken -= 1;
    const left = this.#holds(owner) - 1;
    if (left > 0) this.#held.set(owner, left);
    else this.#held.delete(owner);
    const next = this.#poorest();
    if (next === undefined) return;
    this.#waiters.splice(this.#waiters.indexOf(next), 1);
    this.#grant(next.owner);
    next.grant();
  }

  #poorest(): Waiter | undefined {
    let found: Waiter | undefined;
    for (const waiter of this.#waiters) if (found === undefined || this.#holds(waiter.owner) < this.#holds(found.owner)) found = waiter;
    return found;
  }

  #holds(owner: object): number {
    return this.#held.get(owner) ?? 0;
  }
}
