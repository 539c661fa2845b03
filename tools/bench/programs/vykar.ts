import { join } from "node:path";
import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

/** With the compression the others use. */
export const vykar: BenchProgram = vykarWith("vykar", "peer", "compression:\n  algorithm: zstd\n  zstd_level: 1\n");

/** As it comes: faster to write and larger. */
export const vykarLz4: BenchProgram = vykarWith("vykar-lz4", "variant", "");

function vykarWith(name: string, role: "peer" | "variant", compression: string): BenchProgram {
  return {
    name,
    role,
    executable: "vykar",
    settings: compression === "" ? "as it comes (LZ4)" : "zstd 1",
    version: ["vykar", "--version"],
    environment: (site) => ({ VYKAR_PASSPHRASE: PASSWORD, VYKAR_CONFIG: configPath(site) }),
    files: (site) => ({ [configPath(site)]: `repositories:\n  - url: ${JSON.stringify(site.repo)}\n${compression}` }),
    prepare: () => [{ argv: ["vykar", "init"] }],
    command,
  };
}

function configPath({ home }: Site): string {
  return join(home, "vykar.yaml");
}

function command(step: Step, { tree, into }: Site): Command {
  if (step === "restore") return { argv: ["vykar", "restore", "latest", into] };
  if (step === "check") return { argv: ["vykar", "check", "--verify-data"] };
  return { argv: ["vykar", "backup", tree] };
}
