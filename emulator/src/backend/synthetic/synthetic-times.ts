import { hash32 } from "../../random/hash.ts";
import { parseTicks, type Ticks } from "../../protocol/ticks.ts";

const SALT = { created: 51, written: 52, event: 53, rest: 54 } as const;

/** When generation 0 was looked at; each further generation is a day later. */
const EPOCH: Ticks = parseTicks("2026-01-01T00:00:00Z") ?? 0n;
const TICKS_PER_DAY = 864_000_000_000n;

/** 2^32 such steps are five years. */
const STEP_TICKS = 367_163;

/** A time in the five years before the epoch, to 100 ns. */
function before(...numbers: readonly number[]): Ticks {
  const ageTicks = hash32(...numbers) * STEP_TICKS + (hash32(...numbers, SALT.rest) % STEP_TICKS);
  return EPOCH - BigInt(ageTicks);
}

/** A time in the day that leads to a generation, to 100 ns. */
function within(generation: number, base: number): Ticks {
  const share = hash32(base, SALT.event, generation);
  return EPOCH + BigInt(generation - 1) * TICKS_PER_DAY + (BigInt(share) * TICKS_PER_DAY) / 0x1_0000_0000n;
}

/** When something was made that appeared in this generation. */
export function createdAt(base: number, generation: number): Ticks {
  return generation === 0 ? before(base, SALT.created) : within(generation, base);
}

/** When something was changed in this generation; what has not changed since it was there from the beginning lies between its making and the epoch. */
export function changedAt(base: number, generation: number): Ticks {
  if (generation > 0) return within(generation, base);
  const created = before(base, SALT.created);
  return created + ((EPOCH - created) * BigInt(hash32(base, SALT.written))) / 0x1_0000_0000n;
}
