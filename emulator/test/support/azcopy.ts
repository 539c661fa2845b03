import { execFile } from "node:child_process";
import { chmod, copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** One AzCopy, with a home of its own. */
export interface AzCopy {
  /** Copies all of a tree. Throws with everything that was printed unless each transfer was completed. */
  copy(from: string, to: string, options: readonly string[]): Promise<AzCopyResult>;
  /** Any other command about all of a tree; throws like `copy`. */
  run(command: "sync" | "remove", args: readonly string[]): Promise<AzCopyResult>;
}

/** What AzCopy says of its work. */
export interface AzCopyResult {
  readonly output: string;
}

/** AzCopy from its npm package, made ready in `folder`; a text that says why it cannot run here. */
export async function prepareAzCopy(folder: string): Promise<AzCopy | string> {
  const { AzCopyExe } = createRequire(import.meta.url)("@azure-tools/azcopy-linux") as { readonly AzCopyExe: string };
  // The package's file is not executable.
  const program = join(folder, "azcopy");
  await copyFile(AzCopyExe, program);
  await chmod(program, 0o755);
  const env = {
    ...process.env,
    AZCOPY_LOG_LOCATION: join(folder, "log"),
    AZCOPY_JOB_PLAN_LOCATION: join(folder, "plan"),
    AZCOPY_DISABLE_SYSLOG: "true",
    AZCOPY_CONCURRENCY_VALUE: "8",
  };
  try {
    await run(program, ["--version", "--skip-version-check"], { env });
  } catch (error) {
    const { stderr = "", code } = error as { readonly stderr?: string; readonly code?: unknown };
    if (/error while loading shared libraries: \S*libsecret/.test(stderr))
      return "AzCopy needs the system library libsecret-1 (Debian: libsecret-1-0)";
    if (code === "ENOENT" || /Exec format error/.test(String(error))) return "AzCopy's package has no program for this machine";
    throw error;
  }
  const execute = async (command: string, args: readonly string[]): Promise<AzCopyResult> => {
    const { stdout } = await run(program, [command, ...args, "--recursive", "--skip-version-check"], { env }).catch((error: unknown) => {
      throw new Error(`azcopy failed: ${(error as { readonly stdout?: string }).stdout ?? String(error)}`);
    });
    if (!/Final Job Status: Completed\b(?!With)/.test(stdout)) throw new Error(`azcopy did not complete: ${stdout}`);
    return { output: stdout };
  };
  return { run: execute, copy: (from, to, options) => execute("copy", [from, to, ...options]) };
}
