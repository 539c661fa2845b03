/** Typed arrays that can grow. */
type Growable = Uint8Array | Uint32Array | Float64Array | BigInt64Array;

/** The same array with room for at least `length` items; a copy of twice the size when it is too short. */
export function withRoom<T extends Growable>(array: T, length: number): T {
  if (length <= array.length) return array;
  const Type = array.constructor as new (length: number) => T;
  const grown = new Type(Math.max(length, array.length * 2));
  grown.set(array as never);
  return grown;
}
