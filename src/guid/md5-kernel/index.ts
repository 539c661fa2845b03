// MD5 (RFC 1321) of whole blocks. Every step of MD5 waits for the one before it, so most of a core idles when one content is hashed;
// four contents side by side, one in each lane of a vector, take little longer than one.

const BLOCK_BYTES: u32 = 64;

/** Adds `blocks` blocks at `at` to the state at `state`: four 32-bit words A, B, C, D. */
export function one(state: u32, at: u32, blocks: u32): void {
  for (const end = at + blocks * BLOCK_BYTES; at != end; at += BLOCK_BYTES) add<u32>(state, at);
}

/**
 * Adds `blocks` blocks to each of four contents, the next one of which lies at `at0` to `at3`. `state` holds the words A of all four,
 * then B, C and D; `scratch` has room for four blocks.
 */
export function four(state: u32, scratch: u32, at0: u32, at1: u32, at2: u32, at3: u32, blocks: u32): void {
  for (; blocks != 0; blocks--) {
    for (let i: u32 = 0; i < BLOCK_BYTES; i += 16) transpose(at0 + i, at1 + i, at2 + i, at3 + i, scratch + 4 * i);
    add<v128>(state, scratch);
    at0 += BLOCK_BYTES;
    at1 += BLOCK_BYTES;
    at2 += BLOCK_BYTES;
    at3 += BLOCK_BYTES;
  }
}

/** Four words of each content become four vectors of one word of all. */
// @ts-ignore: decorator
@inline
function transpose(at0: u32, at1: u32, at2: u32, at3: u32, to: u32): void {
  const row0 = load<v128>(at0);
  const row1 = load<v128>(at1);
  const row2 = load<v128>(at2);
  const row3 = load<v128>(at3);
  const low01 = v128.shuffle<i32>(row0, row1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(row2, row3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(row0, row1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(row2, row3, 2, 6, 3, 7);
  store<v128>(to, v128.shuffle<i64>(low01, low23, 0, 2));
  store<v128>(to, v128.shuffle<i64>(low01, low23, 1, 3), 16);
  store<v128>(to, v128.shuffle<i64>(high01, high23, 0, 2), 32);
  store<v128>(to, v128.shuffle<i64>(high01, high23, 1, 3), 48);
}

// What follows is written once for a word of one content (u32) and for one of each of four contents (v128).

// @ts-ignore: decorator
@inline
function word<T>(block: u32, index: u32): T {
  return load<T>(block + index * <u32>sizeof<T>());
}

// @ts-ignore: decorator
@inline
function plus<T>(x: T, y: T): T {
  if (isVector<T>()) return i32x4.add(x, y);
  return x + y;
}

// @ts-ignore: decorator
@inline
function and<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.and(x, y);
  return x & y;
}

/** x and not y. */
// @ts-ignore: decorator
@inline
function andNot<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.andnot(x, y);
  return x & ~y;
}

// @ts-ignore: decorator
@inline
function xor<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.xor(x, y);
  return x ^ y;
}

/** x or not y. */
// @ts-ignore: decorator
@inline
function orNot<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.or(x, v128.not(y));
  return x | ~y;
}

// @ts-ignore: decorator
@inline
function rotate<T>(x: T, bits: i32): T {
  if (isVector<T>()) return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
  return rotl(x, bits);
}

/** The word `value`, in each lane. */
// @ts-ignore: decorator
@inline
function constant<T>(value: u32): T {
  if (isVector<T>()) return i32x4.splat(value);
  return <T>value;
}

// One step with each of the four functions of RFC 1321. It waits for B of the step before it: what needs no B comes first.

// @ts-ignore: decorator
@inline
function f<T>(a: T, b: T, c: T, d: T, x: T, k: u32, bits: i32): T {
  return step(a, b, xor(d, and(b, xor(c, d))), x, k, bits);
}

/** The two halves of the function never have a bit in common, so they can be added, and the one without B early. */
// @ts-ignore: decorator
@inline
function g<T>(a: T, b: T, c: T, d: T, x: T, k: u32, bits: i32): T {
  return step(plus(a, andNot(c, d)), b, and(b, d), x, k, bits);
}

// @ts-ignore: decorator
@inline
function h<T>(a: T, b: T, c: T, d: T, x: T, k: u32, bits: i32): T {
  return step(a, b, xor(b, xor(c, d)), x, k, bits);
}

// @ts-ignore: decorator
@inline
function i<T>(a: T, b: T, c: T, d: T, x: T, k: u32, bits: i32): T {
  return step(a, b, xor(c, orNot(b, d)), x, k, bits);
}

// @ts-ignore: decorator
@inline
function step<T>(a: T, b: T, mixed: T, x: T, k: u32, bits: i32): T {
  return plus(b, rotate(plus(plus(a, plus(x, constant<T>(k))), mixed), bits));
}

/** Adds one block. */
// @ts-ignore: decorator
@inline
function add<T>(state: u32, block: u32): void {
  const a0 = word<T>(state, 0);
  const b0 = word<T>(state, 1);
  const c0 = word<T>(state, 2);
  const d0 = word<T>(state, 3);
  let a = a0;
  let b = b0;
  let c = c0;
  let d = d0;

  // Round 1
  a = f(a, b, c, d, word<T>(block, 0), 0xd76aa478, 7);
  d = f(d, a, b, c, word<T>(block, 1), 0xe8c7b756, 12);
  c = f(c, d, a, b, word<T>(block, 2), 0x242070db, 17);
  b = f(b, c, d, a, word<T>(block, 3), 0xc1bdceee, 22);
  a = f(a, b, c, d, word<T>(block, 4), 0xf57c0faf, 7);
  d = f(d, a, b, c, word<T>(block, 5), 0x4787c62a, 12);
  c = f(c, d, a, b, word<T>(block, 6), 0xa8304613, 17);
  b = f(b, c, d, a, word<T>(block, 7), 0xfd469501, 22);
  a = f(a, b, c, d, word<T>(block, 8), 0x698098d8, 7);
  d = f(d, a, b, c, word<T>(block, 9), 0x8b44f7af, 12);
  c = f(c, d, a, b, word<T>(block, 10), 0xffff5bb1, 17);
  b = f(b, c, d, a, word<T>(block, 11), 0x895cd7be, 22);
  a = f(a, b, c, d, word<T>(block, 12), 0x6b901122, 7);
  d = f(d, a, b, c, word<T>(block, 13), 0xfd987193, 12);
  c = f(c, d, a, b, word<T>(block, 14), 0xa679438e, 17);
  b = f(b, c, d, a, word<T>(block, 15), 0x49b40821, 22);

  // Round 2
  a = g(a, b, c, d, word<T>(block, 1), 0xf61e2562, 5);
  d = g(d, a, b, c, word<T>(block, 6), 0xc040b340, 9);
  c = g(c, d, a, b, word<T>(block, 11), 0x265e5a51, 14);
  b = g(b, c, d, a, word<T>(block, 0), 0xe9b6c7aa, 20);
  a = g(a, b, c, d, word<T>(block, 5), 0xd62f105d, 5);
  d = g(d, a, b, c, word<T>(block, 10), 0x02441453, 9);
  c = g(c, d, a, b, word<T>(block, 15), 0xd8a1e681, 14);
  b = g(b, c, d, a, word<T>(block, 4), 0xe7d3fbc8, 20);
  a = g(a, b, c, d, word<T>(block, 9), 0x21e1cde6, 5);
  d = g(d, a, b, c, word<T>(block, 14), 0xc33707d6, 9);
  c = g(c, d, a, b, word<T>(block, 3), 0xf4d50d87, 14);
  b = g(b, c, d, a, word<T>(block, 8), 0x455a14ed, 20);
  a = g(a, b, c, d, word<T>(block, 13), 0xa9e3e905, 5);
  d = g(d, a, b, c, word<T>(block, 2), 0xfcefa3f8, 9);
  c = g(c, d, a, b, word<T>(block, 7), 0x676f02d9, 14);
  b = g(b, c, d, a, word<T>(block, 12), 0x8d2a4c8a, 20);

  // Round 3
  a = h(a, b, c, d, word<T>(block, 5), 0xfffa3942, 4);
  d = h(d, a, b, c, word<T>(block, 8), 0x8771f681, 11);
  c = h(c, d, a, b, word<T>(block, 11), 0x6d9d6122, 16);
  b = h(b, c, d, a, word<T>(block, 14), 0xfde5380c, 23);
  a = h(a, b, c, d, word<T>(block, 1), 0xa4beea44, 4);
  d = h(d, a, b, c, word<T>(block, 4), 0x4bdecfa9, 11);
  c = h(c, d, a, b, word<T>(block, 7), 0xf6bb4b60, 16);
  b = h(b, c, d, a, word<T>(block, 10), 0xbebfbc70, 23);
  a = h(a, b, c, d, word<T>(block, 13), 0x289b7ec6, 4);
  d = h(d, a, b, c, word<T>(block, 0), 0xeaa127fa, 11);
  c = h(c, d, a, b, word<T>(block, 3), 0xd4ef3085, 16);
  b = h(b, c, d, a, word<T>(block, 6), 0x04881d05, 23);
  a = h(a, b, c, d, word<T>(block, 9), 0xd9d4d039, 4);
  d = h(d, a, b, c, word<T>(block, 12), 0xe6db99e5, 11);
  c = h(c, d, a, b, word<T>(block, 15), 0x1fa27cf8, 16);
  b = h(b, c, d, a, word<T>(block, 2), 0xc4ac5665, 23);

  // Round 4
  a = i(a, b, c, d, word<T>(block, 0), 0xf4292244, 6);
  d = i(d, a, b, c, word<T>(block, 7), 0x432aff97, 10);
  c = i(c, d, a, b, word<T>(block, 14), 0xab9423a7, 15);
  b = i(b, c, d, a, word<T>(block, 5), 0xfc93a039, 21);
  a = i(a, b, c, d, word<T>(block, 12), 0x655b59c3, 6);
  d = i(d, a, b, c, word<T>(block, 3), 0x8f0ccc92, 10);
  c = i(c, d, a, b, word<T>(block, 10), 0xffeff47d, 15);
  b = i(b, c, d, a, word<T>(block, 1), 0x85845dd1, 21);
  a = i(a, b, c, d, word<T>(block, 8), 0x6fa87e4f, 6);
  d = i(d, a, b, c, word<T>(block, 15), 0xfe2ce6e0, 10);
  c = i(c, d, a, b, word<T>(block, 6), 0xa3014314, 15);
  b = i(b, c, d, a, word<T>(block, 13), 0x4e0811a1, 21);
  a = i(a, b, c, d, word<T>(block, 4), 0xf7537e82, 6);
  d = i(d, a, b, c, word<T>(block, 11), 0xbd3af235, 10);
  c = i(c, d, a, b, word<T>(block, 2), 0x2ad7d2bb, 15);
  b = i(b, c, d, a, word<T>(block, 9), 0xeb86d391, 21);

  const bytes = <u32>sizeof<T>();
  store<T>(state, plus(a0, a));
  store<T>(state + bytes, plus(b0, b));
  store<T>(state + 2 * bytes, plus(c0, c));
  store<T>(state + 3 * bytes, plus(d0, d));
}
