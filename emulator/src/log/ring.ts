/** The last things that were added, up to a number. */
export class Ring<T> {
  readonly #countMax: number;
  #items: T[] = [];
  /** Where the oldest is, once the ring is full. */
  #start = 0;
  #added = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(item: T): void {
    this.#added += 1;
    if (this.#items.length < this.#countMax) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.#countMax;
  }

  /** Oldest first, those that were added after the first `skip` ever. */
  since(skip: number): readonly T[] {
    const all = [...this.#items.slice(this.#start), ...this.#items.slice(0, this.#start)];
    const forgotten = this.#added - all.length;
    return all.slice(Math.max(0, skip - forgotten));
  }

  /** How many were ever added. */
  get added(): number {
    return this.#added;
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
    this.#added = 0;
  }
}
