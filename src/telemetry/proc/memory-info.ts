/** Memory of the machine, bytes. */
export interface MemoryInfo {
  readonly total: number;
  /** What programs could still get, caches given up. */
  readonly available: number;
}

/** Reads /proc/meminfo; undefined on kernels that do not say what is available (before 3.14). */
export function parseMemoryInfo(text: string): MemoryInfo | undefined {
  const total = kibibytes(text, /^MemTotal: +(\d+) kB$/m);
  const available = kibibytes(text, /^MemAvailable: +(\d+) kB$/m);
  return total === undefined || available === undefined ? undefined : { total, available };
}

function kibibytes(text: string, line: RegExp): number | undefined {
  const found = line.exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
