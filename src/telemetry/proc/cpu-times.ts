/** Time of all cores together since the machine started, in clock ticks. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
  /** Cores that are on. */
  readonly cores: number;
}

/** Columns of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. What follows is part of the first two. */
const COLUMNS = 8;
const IDLE = 3;
const IOWAIT = 4;

/** Reads the lines of the processor in /proc/stat. Waiting for a disk is no work of a core; time that a hypervisor took is. */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const line = /^cpu +([\d ]+)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const ticks = line.trim().split(/ +/).slice(0, COLUMNS).map(Number);
  if (ticks.length <= IDLE) return undefined;
  const total = ticks.reduce((sum, part) => sum + part, 0);
  const cores = Math.max(1, [...text.matchAll(/^cpu\d+ /gm)].length);
  return { busy: total - (ticks[IDLE] ?? 0) - (ticks[IOWAIT] ?? 0), total, cores };
}
