import { chmodSync, copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import type { Azurite } from "../../test/support/azurite.ts";
import type { Step } from "./run-step.ts";

const VARVE = fileURLToPath(new URL("../../bin/varve", import.meta.url));

export const REPOSITORY = "azure:bench:/";

/** A location as Varve has it. */
export function location(share: string): string {
  return `azfiles://devstoreaccount1/${share}`;
}

/** A step of Varve: the real program. */
export function varve(name: string, ...args: readonly string[]): Step {
  return { contestant: "Varve", name, argv: [VARVE, ...args, "--quiet"] };
}

/** What both programs find in their environment: the repository in Azurite, the share in the emulator. */
export function environmentOf(home: string, azurite: Azurite, emulator: EmulatorProcess): Readonly<Record<string, string>> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    LANG: "C.UTF-8",
    VARVE_PASSWORD: "bench",
    VARVE_REPOSITORY: REPOSITORY,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    VARVE_SOURCE_CONNECTION_STRING: emulator.connectionString,
    AZCOPY_LOG_LOCATION: join(home, "azcopy"),
    AZCOPY_JOB_PLAN_LOCATION: join(home, "azcopy"),
    AZCOPY_DISABLE_SYSLOG: "true",
  };
}

const AZCOPY_FLAGS = ["--recursive", "--skip-version-check", "--log-level", "NONE", "--output-level", "quiet"];

/** AzCopy between a folder and shares of one emulator. */
export interface AzCopySteps {
  copyOut(name: string, share: string, folder: string): Step;
  syncOut(name: string, share: string, folder: string): Step;
  copyIn(name: string, folder: string, share: string): Step;
}

/** AzCopy from its npm package, which does not mark the program as one: it is copied into `folder` and made runnable. */
export function azcopyIn(folder: string, { url, sas }: EmulatorProcess): AzCopySteps {
  const { AzCopyExe } = createRequire(import.meta.url)("@azure-tools/azcopy-linux") as { readonly AzCopyExe: string };
  const program = join(folder, "azcopy");
  copyFileSync(AzCopyExe, program);
  chmodSync(program, 0o755);
  const step = (name: string, ...args: readonly string[]): Step => ({
    contestant: "AzCopy",
    name,
    argv: [program, ...args, ...AZCOPY_FLAGS],
  });
  return {
    copyOut: (name, share, to) => step(name, "copy", `${url}/${share}/*?${sas("rl")}`, to, "--from-to", "FileLocal"),
    syncOut: (name, share, to) =>
      step(name, "sync", `${url}/${share}?${sas("rl")}`, to, "--from-to", "FileLocal", "--delete-destination", "true"),
    copyIn: (name, from, share) => step(name, "copy", `${from}/*`, `${url}/${share}?${sas()}`, "--from-to", "LocalFile"),
  };
}
