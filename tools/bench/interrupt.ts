/** Aborted by Ctrl-C or a request to end, so that a benchmark ends its programs and takes its files away. */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  process.once("SIGTERM", () => interrupt.abort());
  return interrupt.signal;
}
