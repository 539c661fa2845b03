/** Prints a line. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** `12345678` as `12.3 MB`. */
export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
