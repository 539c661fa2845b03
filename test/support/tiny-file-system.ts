import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { TestContext } from "node:test";
import { tempFolder } from "./temp.ts";

/** Runs `work` on a file system of `kib` KiB in memory; skips the test where none can be mounted. */
export async function onTinyFileSystem(context: TestContext, kib: number, work: (path: string) => void | Promise<void>): Promise<void> {
  await using folder = await tempFolder("full");
  const path = `${folder.path}/tiny`;
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "varve-test", path], { stdio: "ignore" });
  } catch {
    return context.skip("no file system can be mounted here");
  }
  try {
    await work(path);
  } finally {
    execFileSync("umount", [path]);
  }
}

/** Mounts it again with other options, such as `ro` or `size=2m`. */
export function remount(path: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, path]);
}
