/** Throws a plain `Error` when an invariant of our own code is broken; never use it for bad input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Returns `value`, or throws a plain `Error` when it is null or undefined. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new Error(`invariant broken: ${message}`);
  return value;
}
