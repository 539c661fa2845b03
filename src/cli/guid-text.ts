/** Time taken, in seconds and in minutes: `83.4 seconds (1.39 minutes)`. */
export function formatSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} seconds (${(durationMs / 60_000).toFixed(2)} minutes)`;
}
