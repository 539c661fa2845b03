import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./errors.ts";

/**
 * Makes a folder and the missing ones above it; returns the topmost it made, undefined when the folder was there.
 * Node's own recursive `mkdir` never returns where making a folder fails with ENOENT although its parent exists, as under /proc.
 */
export async function makeFolders(path: string, mode: number): Promise<string | undefined> {
  const missing: string[] = [];
  let at = path;
  while (!(await exists(at))) {
    missing.push(at);
    at = dirname(at);
  }
  for (const folder of missing.toReversed()) {
    await mkdir(folder, { mode }).catch((error: unknown) => {
      // Somebody else may have made it meanwhile.
      if (systemCode(error) !== "EEXIST") throw error;
    });
  }
  // Where a file is in the way, this says so as the system does.
  if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path);
  return missing.at(-1);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
