import { statfsSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

const TMPFS_MAGIC = 0x01021994;

/** One line that says what figures were measured on. */
export function describeMachine(workDir: string): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const files = statfsSync(workDir).type === TMPFS_MAGIC ? "tmpfs" : "disk";
  return `${model}, ${processors.length} cores, ${memory}, ${process.platform} ${release()}, Node ${process.version}, all files on ${files}`;
}

/** True when bytes written below `directory` stay in memory, so that disks do not decide. */
export function isMemory(directory: string): boolean {
  try {
    return statfsSync(directory).type === TMPFS_MAGIC;
  } catch {
    return false;
  }
}
