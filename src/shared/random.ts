import { randomFillSync } from "node:crypto";

/** Randomness as the program sees it. Injected, so that a simulation can replay a run from its seed. */
export interface Random {
  /** `length` fresh bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A number in [0, 1) for jitter and sampling; not for secrets. */
  fraction(): number;
}

/** The operating system's cryptographic randomness. */
export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  fraction: () => Math.random(),
};

/** A seeded generator (splitmix64) for tests and generated data. Never for keys of real repositories. */
export function seededRandom(seed: number | bigint): Random {
  let state = BigInt.asUintN(64, BigInt(seed));
  const next = (): bigint => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  return {
    bytes: (length) => {
      const out = new Uint8Array(Math.ceil(length / 8) * 8);
      const view = new DataView(out.buffer);
      for (let at = 0; at < out.length; at += 8) view.setBigUint64(at, next(), true);
      return out.subarray(0, length);
    },
    fraction: () => Number(next() >> 11n) / 2 ** 53,
  };
}
