/** How many bytes of a body pass before a cut at this fraction below 1: fewer than all of them. */
export function cutLength(length: number, at: number): number {
  return Math.floor(length * at);
}

/** The first `lengthMax` bytes of a body. What follows is not read. */
export async function* cutBody(body: AsyncIterable<Uint8Array>, lengthMax: number): AsyncGenerator<Uint8Array, void> {
  let left = lengthMax;
  if (left <= 0) return;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
    if (left <= 0) return;
  }
}
