/** What the disks of the machine did since it started. */
export interface DiskCounters {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** Whatever the device's own sectors are, the kernel counts in these. */
const SECTOR_BYTES = 512;
/** Layers above disks that are counted themselves, memory that looks like a disk, and the paths of a multipath NVMe. */
const NO_DISK = /^(?:loop|ram|zram|sr|fd|dm-|md|bcache)\d|^nvme\d+c\d+n\d+/;
/** Major, minor, name; then reads, merged, sectors, ms and the same for writes. */
const LINE = /^ *\d+ +\d+ +(\S+) +(\d+) +\d+ +(\d+) +\d+ +(\d+) +\d+ +(\d+) /gm;

/** Reads /proc/diskstats: the sum over whole disks, so that nothing counts twice; undefined when there is none. */
export function parseDiskCounters(text: string): DiskCounters | undefined {
  const disks = new Map<string, DiskCounters>();
  for (const [, name = "", reads, sectorsRead, writes, sectorsWritten] of text.matchAll(LINE)) {
    if (NO_DISK.test(name)) continue;
    disks.set(name, {
      readBytes: Number(sectorsRead) * SECTOR_BYTES,
      writtenBytes: Number(sectorsWritten) * SECTOR_BYTES,
      reads: Number(reads),
      writes: Number(writes),
    });
  }
  const whole = [...disks].filter(([name]) => !isPartition(name, disks)).map(([, counters]) => counters);
  if (whole.length === 0) return undefined;
  return whole.reduce((sum, disk) => ({
    readBytes: sum.readBytes + disk.readBytes,
    writtenBytes: sum.writtenBytes + disk.writtenBytes,
    reads: sum.reads + disk.reads,
    writes: sum.writes + disk.writes,
  }));
}

/** True for a disk's name with a number behind it (`sda1`), and a `p` between when the disk's name ends in a digit (`nvme0n1p1`). */
function isPartition(name: string, disks: ReadonlyMap<string, unknown>): boolean {
  const [, disk = "", digit, plain = ""] = /^(.*?(\d)p|(.*?\D))\d+$/.exec(name) ?? [];
  return disks.has(digit === undefined ? plain : disk.slice(0, -1));
}
