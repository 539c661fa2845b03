/** A fast seeded generator (sfc32) for generated content: the same seeds give the same numbers on every machine. */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Two numbers, so that every file of a tree can have its own sequence: the tree's seed and the file's number. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x5eed ^ Math.floor(seed / 2 ** 32);
    for (let round = 0; round < 12; round++) this.next();
  }

  /** 32 random bits, signed. */
  next(): number {
    const out = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0;
    return out;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return (this.next() >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Like `below`, but small numbers are much more frequent, as the common words of a language are. */
  skewed(limit: number): number {
    const x = this.fraction();
    return Math.floor(x * x * x * limit);
  }

  /** A normal variate (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}
