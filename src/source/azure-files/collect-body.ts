/**
 * Collects a response into one array of exactly `length` bytes. Undefined when the stream ends early or breaks: the connection is to
 * blame and not the file. Throws only when the call itself was stopped.
 */
export async function collectBody(
  stream: NodeJS.ReadableStream | undefined,
  options: { readonly length: number; readonly signal: AbortSignal; readonly moved: () => void },
): Promise<Uint8Array | undefined> {
  const { length, signal, moved } = options;
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  try {
    for await (const piece of (stream ?? []) as AsyncIterable<Uint8Array>) {
      moved();
      if (at + piece.length > length) return undefined;
      bytes.set(piece, at);
      at += piece.length;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
  return at === length ? bytes : undefined;
}
