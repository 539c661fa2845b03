// MD5 (RFC 1321) of whole blocks. Every step of MD5 waits for the one before it, so most of a core idles when one content is hashed;
// four contents side by side, one in each lane of a vector, take little longer than one. The steps of a vector wait for each other
// still: those of two vectors in turn, eight contents, take a third longer than those of one.
//
// `table` holds the 64 constants of the steps: from memory they reach all lanes of a vector in one instruction.

const BLOCK_BYTES: u32 = 64;

/** Adds `blocks` blocks at `at` to the state at `state`: four 32-bit words A, B, C, D. */
export function one(state: u32, table: u32, at: u32, blocks: u32): void {
  for (const end = at + blocks * BLOCK_BYTES; at != end; at += BLOCK_BYTES) add<u32>(state, table, at);
}

/**
 * Adds `blocks` blocks to each of four contents, the next one of which lies at `at0` to `at3`. `state` holds the words A of all four,
 * then B, C and D; `scratch` has room for four blocks.
 */
export function four(state: u32, table: u32, scratch: u32, blocks: u32, at0: u32, at1: u32, at2: u32, at3: u32): void {
  for (; blocks != 0; blocks--) {
    for (let i: u32 = 0; i < BLOCK_BYTES; i += 16) transpose(at0 + i, at1 + i, at2 + i, at3 + i, scratch + 4 * i, 16);
    add<v128>(state, table, scratch);
    at0 += BLOCK_BYTES;
    at1 += BLOCK_BYTES;
    at2 += BLOCK_BYTES;
    at3 += BLOCK_BYTES;
  }
}

/** The same for eight contents; `scratch` has room for eight blocks. */
export function eight(
  state: u32,
  table: u32,
  scratch: u32,
  blocks: u32,
  at0: u32,
  at1: u32,
  at2: u32,
  at3: u32,
  at4: u32,
  at5: u32,
  at6: u32,
  at7: u32,
): void {
  for (; blocks != 0; blocks--) {
    for (let i: u32 = 0; i < BLOCK_BYTES; i += 16) {
      transpose(at0 + i, at1 + i, at2 + i, at3 + i, scratch + 8 * i, 32);
      transpose(at4 + i, at5 + i, at6 + i, at7 + i, scratch + 8 * i + 16, 32);
    }
    addEight(state, table, scratch);
    at0 += BLOCK_BYTES;
    at1 += BLOCK_BYTES;
    at2 += BLOCK_BYTES;
    at3 += BLOCK_BYTES;
    at4 += BLOCK_BYTES;
    at5 += BLOCK_BYTES;
    at6 += BLOCK_BYTES;
    at7 += BLOCK_BYTES;
  }
}

/** Four words of each of four contents become four vectors of one word of all, `stride` bytes from one to the next. */
// @ts-ignore: decorator
@inline
function transpose(at0: u32, at1: u32, at2: u32, at3: u32, to: u32, stride: u32): void {
  const row0 = load<v128>(at0);
  const row1 = load<v128>(at1);
  const row2 = load<v128>(at2);
  const row3 = load<v128>(at3);
  const low01 = v128.shuffle<i32>(row0, row1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(row2, row3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(row0, row1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(row2, row3, 2, 6, 3, 7);
  store<v128>(to, v128.shuffle<i64>(low01, low23, 0, 2));
  store<v128>(to + stride, v128.shuffle<i64>(low01, low23, 1, 3));
  store<v128>(to + 2 * stride, v128.shuffle<i64>(high01, high23, 0, 2));
  store<v128>(to + 3 * stride, v128.shuffle<i64>(high01, high23, 1, 3));
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

/** A word of the table, in each lane. */
// @ts-ignore: decorator
@inline
function constant<T>(table: u32, index: u32): T {
  if (isVector<T>()) return v128.load32_splat(table + 4 * index);
  return load<T>(table + 4 * index);
}

// One step with each of the four functions of RFC 1321. It waits for B of the step before it: what needs no B comes first.

// @ts-ignore: decorator
@inline
function f<T>(a: T, b: T, c: T, d: T, x: T, k: T, bits: i32): T {
  return step(a, b, xor(d, and(b, xor(c, d))), x, k, bits);
}

/** The two halves of the function never have a bit in common, so they can be added, and the one without B early. */
// @ts-ignore: decorator
@inline
function g<T>(a: T, b: T, c: T, d: T, x: T, k: T, bits: i32): T {
  return step(plus(a, andNot(c, d)), b, and(b, d), x, k, bits);
}

// @ts-ignore: decorator
@inline
function h<T>(a: T, b: T, c: T, d: T, x: T, k: T, bits: i32): T {
  return step(a, b, xor(b, xor(c, d)), x, k, bits);
}

// @ts-ignore: decorator
@inline
function i<T>(a: T, b: T, c: T, d: T, x: T, k: T, bits: i32): T {
  return step(a, b, xor(c, orNot(b, d)), x, k, bits);
}

// @ts-ignore: decorator
@inline
function step<T>(a: T, b: T, mixed: T, x: T, k: T, bits: i32): T {
  return plus(b, rotate(plus(plus(a, plus(x, k)), mixed), bits));
}

/** Adds one block. */
// @ts-ignore: decorator
@inline
function add<T>(state: u32, table: u32, block: u32): void {
  const a0 = word<T>(state, 0);
  const b0 = word<T>(state, 1);
  const c0 = word<T>(state, 2);
  const d0 = word<T>(state, 3);
  let a = a0;
  let b = b0;
  let c = c0;
  let d = d0;

  // Round 1
  a = f(a, b, c, d, word<T>(block, 0), constant<T>(table, 0), 7);
  d = f(d, a, b, c, word<T>(block, 1), constant<T>(table, 1), 12);
  c = f(c, d, a, b, word<T>(block, 2), constant<T>(table, 2), 17);
  b = f(b, c, d, a, word<T>(block, 3), constant<T>(table, 3), 22);
  a = f(a, b, c, d, word<T>(block, 4), constant<T>(table, 4), 7);
  d = f(d, a, b, c, word<T>(block, 5), constant<T>(table, 5), 12);
  c = f(c, d, a, b, word<T>(block, 6), constant<T>(table, 6), 17);
  b = f(b, c, d, a, word<T>(block, 7), constant<T>(table, 7), 22);
  a = f(a, b, c, d, word<T>(block, 8), constant<T>(table, 8), 7);
  d = f(d, a, b, c, word<T>(block, 9), constant<T>(table, 9), 12);
  c = f(c, d, a, b, word<T>(block, 10), constant<T>(table, 10), 17);
  b = f(b, c, d, a, word<T>(block, 11), constant<T>(table, 11), 22);
  a = f(a, b, c, d, word<T>(block, 12), constant<T>(table, 12), 7);
  d = f(d, a, b, c, word<T>(block, 13), constant<T>(table, 13), 12);
  c = f(c, d, a, b, word<T>(block, 14), constant<T>(table, 14), 17);
  b = f(b, c, d, a, word<T>(block, 15), constant<T>(table, 15), 22);

  // Round 2
  a = g(a, b, c, d, word<T>(block, 1), constant<T>(table, 16), 5);
  d = g(d, a, b, c, word<T>(block, 6), constant<T>(table, 17), 9);
  c = g(c, d, a, b, word<T>(block, 11), constant<T>(table, 18), 14);
  b = g(b, c, d, a, word<T>(block, 0), constant<T>(table, 19), 20);
  a = g(a, b, c, d, word<T>(block, 5), constant<T>(table, 20), 5);
  d = g(d, a, b, c, word<T>(block, 10), constant<T>(table, 21), 9);
  c = g(c, d, a, b, word<T>(block, 15), constant<T>(table, 22), 14);
  b = g(b, c, d, a, word<T>(block, 4), constant<T>(table, 23), 20);
  a = g(a, b, c, d, word<T>(block, 9), constant<T>(table, 24), 5);
  d = g(d, a, b, c, word<T>(block, 14), constant<T>(table, 25), 9);
  c = g(c, d, a, b, word<T>(block, 3), constant<T>(table, 26), 14);
  b = g(b, c, d, a, word<T>(block, 8), constant<T>(table, 27), 20);
  a = g(a, b, c, d, word<T>(block, 13), constant<T>(table, 28), 5);
  d = g(d, a, b, c, word<T>(block, 2), constant<T>(table, 29), 9);
  c = g(c, d, a, b, word<T>(block, 7), constant<T>(table, 30), 14);
  b = g(b, c, d, a, word<T>(block, 12), constant<T>(table, 31), 20);

  // Round 3
  a = h(a, b, c, d, word<T>(block, 5), constant<T>(table, 32), 4);
  d = h(d, a, b, c, word<T>(block, 8), constant<T>(table, 33), 11);
  c = h(c, d, a, b, word<T>(block, 11), constant<T>(table, 34), 16);
  b = h(b, c, d, a, word<T>(block, 14), constant<T>(table, 35), 23);
  a = h(a, b, c, d, word<T>(block, 1), constant<T>(table, 36), 4);
  d = h(d, a, b, c, word<T>(block, 4), constant<T>(table, 37), 11);
  c = h(c, d, a, b, word<T>(block, 7), constant<T>(table, 38), 16);
  b = h(b, c, d, a, word<T>(block, 10), constant<T>(table, 39), 23);
  a = h(a, b, c, d, word<T>(block, 13), constant<T>(table, 40), 4);
  d = h(d, a, b, c, word<T>(block, 0), constant<T>(table, 41), 11);
  c = h(c, d, a, b, word<T>(block, 3), constant<T>(table, 42), 16);
  b = h(b, c, d, a, word<T>(block, 6), constant<T>(table, 43), 23);
  a = h(a, b, c, d, word<T>(block, 9), constant<T>(table, 44), 4);
  d = h(d, a, b, c, word<T>(block, 12), constant<T>(table, 45), 11);
  c = h(c, d, a, b, word<T>(block, 15), constant<T>(table, 46), 16);
  b = h(b, c, d, a, word<T>(block, 2), constant<T>(table, 47), 23);

  // Round 4
  a = i(a, b, c, d, word<T>(block, 0), constant<T>(table, 48), 6);
  d = i(d, a, b, c, word<T>(block, 7), constant<T>(table, 49), 10);
  c = i(c, d, a, b, word<T>(block, 14), constant<T>(table, 50), 15);
  b = i(b, c, d, a, word<T>(block, 5), constant<T>(table, 51), 21);
  a = i(a, b, c, d, word<T>(block, 12), constant<T>(table, 52), 6);
  d = i(d, a, b, c, word<T>(block, 3), constant<T>(table, 53), 10);
  c = i(c, d, a, b, word<T>(block, 10), constant<T>(table, 54), 15);
  b = i(b, c, d, a, word<T>(block, 1), constant<T>(table, 55), 21);
  a = i(a, b, c, d, word<T>(block, 8), constant<T>(table, 56), 6);
  d = i(d, a, b, c, word<T>(block, 15), constant<T>(table, 57), 10);
  c = i(c, d, a, b, word<T>(block, 6), constant<T>(table, 58), 15);
  b = i(b, c, d, a, word<T>(block, 13), constant<T>(table, 59), 21);
  a = i(a, b, c, d, word<T>(block, 4), constant<T>(table, 60), 6);
  d = i(d, a, b, c, word<T>(block, 11), constant<T>(table, 61), 10);
  c = i(c, d, a, b, word<T>(block, 2), constant<T>(table, 62), 15);
  b = i(b, c, d, a, word<T>(block, 9), constant<T>(table, 63), 21);

  const bytes = <u32>sizeof<T>();
  store<T>(state, plus(a0, a));
  store<T>(state + bytes, plus(b0, b));
  store<T>(state + 2 * bytes, plus(c0, c));
  store<T>(state + 3 * bytes, plus(d0, d));
}

/** Adds one block to each of eight contents: a, b, c, d are the words of four of them, p, q, r, s of the other four. */
function addEight(state: u32, table: u32, block: u32): void {
  let a = word<v128>(state, 0);
  let p = word<v128>(state, 1);
  let b = word<v128>(state, 2);
  let q = word<v128>(state, 3);
  let c = word<v128>(state, 4);
  let r = word<v128>(state, 5);
  let d = word<v128>(state, 6);
  let s = word<v128>(state, 7);

  // Round 1
  a = f(a, b, c, d, word<v128>(block, 0), constant<v128>(table, 0), 7);
  p = f(p, q, r, s, word<v128>(block, 1), constant<v128>(table, 0), 7);
  d = f(d, a, b, c, word<v128>(block, 2), constant<v128>(table, 1), 12);
  s = f(s, p, q, r, word<v128>(block, 3), constant<v128>(table, 1), 12);
  c = f(c, d, a, b, word<v128>(block, 4), constant<v128>(table, 2), 17);
  r = f(r, s, p, q, word<v128>(block, 5), constant<v128>(table, 2), 17);
  b = f(b, c, d, a, word<v128>(block, 6), constant<v128>(table, 3), 22);
  q = f(q, r, s, p, word<v128>(block, 7), constant<v128>(table, 3), 22);
  a = f(a, b, c, d, word<v128>(block, 8), constant<v128>(table, 4), 7);
  p = f(p, q, r, s, word<v128>(block, 9), constant<v128>(table, 4), 7);
  d = f(d, a, b, c, word<v128>(block, 10), constant<v128>(table, 5), 12);
  s = f(s, p, q, r, word<v128>(block, 11), constant<v128>(table, 5), 12);
  c = f(c, d, a, b, word<v128>(block, 12), constant<v128>(table, 6), 17);
  r = f(r, s, p, q, word<v128>(block, 13), constant<v128>(table, 6), 17);
  b = f(b, c, d, a, word<v128>(block, 14), constant<v128>(table, 7), 22);
  q = f(q, r, s, p, word<v128>(block, 15), constant<v128>(table, 7), 22);
  a = f(a, b, c, d, word<v128>(block, 16), constant<v128>(table, 8), 7);
  p = f(p, q, r, s, word<v128>(block, 17), constant<v128>(table, 8), 7);
  d = f(d, a, b, c, word<v128>(block, 18), constant<v128>(table, 9), 12);
  s = f(s, p, q, r, word<v128>(block, 19), constant<v128>(table, 9), 12);
  c = f(c, d, a, b, word<v128>(block, 20), constant<v128>(table, 10), 17);
  r = f(r, s, p, q, word<v128>(block, 21), constant<v128>(table, 10), 17);
  b = f(b, c, d, a, word<v128>(block, 22), constant<v128>(table, 11), 22);
  q = f(q, r, s, p, word<v128>(block, 23), constant<v128>(table, 11), 22);
  a = f(a, b, c, d, word<v128>(block, 24), constant<v128>(table, 12), 7);
  p = f(p, q, r, s, word<v128>(block, 25), constant<v128>(table, 12), 7);
  d = f(d, a, b, c, word<v128>(block, 26), constant<v128>(table, 13), 12);
  s = f(s, p, q, r, word<v128>(block, 27), constant<v128>(table, 13), 12);
  c = f(c, d, a, b, word<v128>(block, 28), constant<v128>(table, 14), 17);
  r = f(r, s, p, q, word<v128>(block, 29), constant<v128>(table, 14), 17);
  b = f(b, c, d, a, word<v128>(block, 30), constant<v128>(table, 15), 22);
  q = f(q, r, s, p, word<v128>(block, 31), constant<v128>(table, 15), 22);

  // Round 2
  a = g(a, b, c, d, word<v128>(block, 2), constant<v128>(table, 16), 5);
  p = g(p, q, r, s, word<v128>(block, 3), constant<v128>(table, 16), 5);
  d = g(d, a, b, c, word<v128>(block, 12), constant<v128>(table, 17), 9);
  s = g(s, p, q, r, word<v128>(block, 13), constant<v128>(table, 17), 9);
  c = g(c, d, a, b, word<v128>(block, 22), constant<v128>(table, 18), 14);
  r = g(r, s, p, q, word<v128>(block, 23), constant<v128>(table, 18), 14);
  b = g(b, c, d, a, word<v128>(block, 0), constant<v128>(table, 19), 20);
  q = g(q, r, s, p, word<v128>(block, 1), constant<v128>(table, 19), 20);
  a = g(a, b, c, d, word<v128>(block, 10), constant<v128>(table, 20), 5);
  p = g(p, q, r, s, word<v128>(block, 11), constant<v128>(table, 20), 5);
  d = g(d, a, b, c, word<v128>(block, 20), constant<v128>(table, 21), 9);
  s = g(s, p, q, r, word<v128>(block, 21), constant<v128>(table, 21), 9);
  c = g(c, d, a, b, word<v128>(block, 30), constant<v128>(table, 22), 14);
  r = g(r, s, p, q, word<v128>(block, 31), constant<v128>(table, 22), 14);
  b = g(b, c, d, a, word<v128>(block, 8), constant<v128>(table, 23), 20);
  q = g(q, r, s, p, word<v128>(block, 9), constant<v128>(table, 23), 20);
  a = g(a, b, c, d, word<v128>(block, 18), constant<v128>(table, 24), 5);
  p = g(p, q, r, s, word<v128>(block, 19), constant<v128>(table, 24), 5);
  d = g(d, a, b, c, word<v128>(block, 28), constant<v128>(table, 25), 9);
  s = g(s, p, q, r, word<v128>(block, 29), constant<v128>(table, 25), 9);
  c = g(c, d, a, b, word<v128>(block, 6), constant<v128>(table, 26), 14);
  r = g(r, s, p, q, word<v128>(block, 7), constant<v128>(table, 26), 14);
  b = g(b, c, d, a, word<v128>(block, 16), constant<v128>(table, 27), 20);
  q = g(q, r, s, p, word<v128>(block, 17), constant<v128>(table, 27), 20);
  a = g(a, b, c, d, word<v128>(block, 26), constant<v128>(table, 28), 5);
  p = g(p, q, r, s, word<v128>(block, 27), constant<v128>(table, 28), 5);
  d = g(d, a, b, c, word<v128>(block, 4), constant<v128>(table, 29), 9);
  s = g(s, p, q, r, word<v128>(block, 5), constant<v128>(table, 29), 9);
  c = g(c, d, a, b, word<v128>(block, 14), constant<v128>(table, 30), 14);
  r = g(r, s, p, q, word<v128>(block, 15), constant<v128>(table, 30), 14);
  b = g(b, c, d, a, word<v128>(block, 24), constant<v128>(table, 31), 20);
  q = g(q, r, s, p, word<v128>(block, 25), constant<v128>(table, 31), 20);

  // Round 3
  a = h(a, b, c, d, word<v128>(block, 10), constant<v128>(table, 32), 4);
  p = h(p, q, r, s, word<v128>(block, 11), constant<v128>(table, 32), 4);
  d = h(d, a, b, c, word<v128>(block, 16), constant<v128>(table, 33), 11);
  s = h(s, p, q, r, word<v128>(block, 17), constant<v128>(table, 33), 11);
  c = h(c, d, a, b, word<v128>(block, 22), constant<v128>(table, 34), 16);
  r = h(r, s, p, q, word<v128>(block, 23), constant<v128>(table, 34), 16);
  b = h(b, c, d, a, word<v128>(block, 28), constant<v128>(table, 35), 23);
  q = h(q, r, s, p, word<v128>(block, 29), constant<v128>(table, 35), 23);
  a = h(a, b, c, d, word<v128>(block, 2), constant<v128>(table, 36), 4);
  p = h(p, q, r, s, word<v128>(block, 3), constant<v128>(table, 36), 4);
  d = h(d, a, b, c, word<v128>(block, 8), constant<v128>(table, 37), 11);
  s = h(s, p, q, r, word<v128>(block, 9), constant<v128>(table, 37), 11);
  c = h(c, d, a, b, word<v128>(block, 14), constant<v128>(table, 38), 16);
  r = h(r, s, p, q, word<v128>(block, 15), constant<v128>(table, 38), 16);
  b = h(b, c, d, a, word<v128>(block, 20), constant<v128>(table, 39), 23);
  q = h(q, r, s, p, word<v128>(block, 21), constant<v128>(table, 39), 23);
  a = h(a, b, c, d, word<v128>(block, 26), constant<v128>(table, 40), 4);
  p = h(p, q, r, s, word<v128>(block, 27), constant<v128>(table, 40), 4);
  d = h(d, a, b, c, word<v128>(block, 0), constant<v128>(table, 41), 11);
  s = h(s, p, q, r, word<v128>(block, 1), constant<v128>(table, 41), 11);
  c = h(c, d, a, b, word<v128>(block, 6), constant<v128>(table, 42), 16);
  r = h(r, s, p, q, word<v128>(block, 7), constant<v128>(table, 42), 16);
  b = h(b, c, d, a, word<v128>(block, 12), constant<v128>(table, 43), 23);
  q = h(q, r, s, p, word<v128>(block, 13), constant<v128>(table, 43), 23);
  a = h(a, b, c, d, word<v128>(block, 18), constant<v128>(table, 44), 4);
  p = h(p, q, r, s, word<v128>(block, 19), constant<v128>(table, 44), 4);
  d = h(d, a, b, c, word<v128>(block, 24), constant<v128>(table, 45), 11);
  s = h(s, p, q, r, word<v128>(block, 25), constant<v128>(table, 45), 11);
  c = h(c, d, a, b, word<v128>(block, 30), constant<v128>(table, 46), 16);
  r = h(r, s, p, q, word<v128>(block, 31), constant<v128>(table, 46), 16);
  b = h(b, c, d, a, word<v128>(block, 4), constant<v128>(table, 47), 23);
  q = h(q, r, s, p, word<v128>(block, 5), constant<v128>(table, 47), 23);

  // Round 4
  a = i(a, b, c, d, word<v128>(block, 0), constant<v128>(table, 48), 6);
  p = i(p, q, r, s, word<v128>(block, 1), constant<v128>(table, 48), 6);
  d = i(d, a, b, c, word<v128>(block, 14), constant<v128>(table, 49), 10);
  s = i(s, p, q, r, word<v128>(block, 15), constant<v128>(table, 49), 10);
  c = i(c, d, a, b, word<v128>(block, 28), constant<v128>(table, 50), 15);
  r = i(r, s, p, q, word<v128>(block, 29), constant<v128>(table, 50), 15);
  b = i(b, c, d, a, word<v128>(block, 10), constant<v128>(table, 51), 21);
  q = i(q, r, s, p, word<v128>(block, 11), constant<v128>(table, 51), 21);
  a = i(a, b, c, d, word<v128>(block, 24), constant<v128>(table, 52), 6);
  p = i(p, q, r, s, word<v128>(block, 25), constant<v128>(table, 52), 6);
  d = i(d, a, b, c, word<v128>(block, 6), constant<v128>(table, 53), 10);
  s = i(s, p, q, r, word<v128>(block, 7), constant<v128>(table, 53), 10);
  c = i(c, d, a, b, word<v128>(block, 20), constant<v128>(table, 54), 15);
  r = i(r, s, p, q, word<v128>(block, 21), constant<v128>(table, 54), 15);
  b = i(b, c, d, a, word<v128>(block, 2), constant<v128>(table, 55), 21);
  q = i(q, r, s, p, word<v128>(block, 3), constant<v128>(table, 55), 21);
  a = i(a, b, c, d, word<v128>(block, 16), constant<v128>(table, 56), 6);
  p = i(p, q, r, s, word<v128>(block, 17), constant<v128>(table, 56), 6);
  d = i(d, a, b, c, word<v128>(block, 30), constant<v128>(table, 57), 10);
  s = i(s, p, q, r, word<v128>(block, 31), constant<v128>(table, 57), 10);
  c = i(c, d, a, b, word<v128>(block, 12), constant<v128>(table, 58), 15);
  r = i(r, s, p, q, word<v128>(block, 13), constant<v128>(table, 58), 15);
  b = i(b, c, d, a, word<v128>(block, 26), constant<v128>(table, 59), 21);
  q = i(q, r, s, p, word<v128>(block, 27), constant<v128>(table, 59), 21);
  a = i(a, b, c, d, word<v128>(block, 8), constant<v128>(table, 60), 6);
  p = i(p, q, r, s, word<v128>(block, 9), constant<v128>(table, 60), 6);
  d = i(d, a, b, c, word<v128>(block, 22), constant<v128>(table, 61), 10);
  s = i(s, p, q, r, word<v128>(block, 23), constant<v128>(table, 61), 10);
  c = i(c, d, a, b, word<v128>(block, 4), constant<v128>(table, 62), 15);
  r = i(r, s, p, q, word<v128>(block, 5), constant<v128>(table, 62), 15);
  b = i(b, c, d, a, word<v128>(block, 18), constant<v128>(table, 63), 21);
  q = i(q, r, s, p, word<v128>(block, 19), constant<v128>(table, 63), 21);

  store<v128>(state, plus(a, word<v128>(state, 0)));
  store<v128>(state, plus(p, word<v128>(state, 1)), 16);
  store<v128>(state, plus(b, word<v128>(state, 2)), 32);
  store<v128>(state, plus(q, word<v128>(state, 3)), 48);
  store<v128>(state, plus(c, word<v128>(state, 4)), 64);
  store<v128>(state, plus(r, word<v128>(state, 5)), 80);
  store<v128>(state, plus(d, word<v128>(state, 6)), 96);
  store<v128>(state, plus(s, word<v128>(state, 7)), 112);
}
