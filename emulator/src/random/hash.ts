/**
 * A hash of a few numbers, as 32 bits: the same numbers give the same bits on every machine and for ever. Whatever looks random
 * here is made of it, so that a seed describes a whole run.
 */
export function hash32(...numbers: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const number of numbers) {
    state = stir(state, number >>> 0);
    // Ids go beyond 32 bits: the high part counts as well.
    if (number > 0xffffffff) state = stir(state, Math.floor(number / 0x1_0000_0000));
  }
  return finish(state);
}

/** A fraction from 0 to just below 1, with 32 bits of it decided by the numbers. */
export function fraction(...numbers: readonly number[]): number {
  return hash32(...numbers) / 0x1_0000_0000;
}

/** A whole number from 0 to `bound - 1`. */
export function below(bound: number, ...numbers: readonly number[]): number {
  return Math.floor(fraction(...numbers) * bound);
}

/** A number with the standard normal distribution. */
export function normal(...numbers: readonly number[]): number {
  // Box and Muller; the 1 keeps the logarithm away from zero.
  const radius = Math.sqrt(-2 * Math.log(1 - fraction(...numbers, 1)));
  return radius * Math.cos(2 * Math.PI * fraction(...numbers, 2));
}

/** Folds one word into the state (the body of MurmurHash3). */
function stir(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = state ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spreads every bit of the state over all of the result. */
function finish(state: number): number {
  let h = state ^ (state >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
