/** What tells without reading that a file is as it was. Times in nanoseconds. */
export interface FileState {
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** True when nothing tells the two apart. */
export function sameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.modifiedNs === b.modifiedNs && a.changedNs === b.changedNs;
}
