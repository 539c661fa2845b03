import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

export const borg: BenchProgram = {
  name: "borg",
  role: "peer",
  executable: "borg",
  settings: "zstd,1, repokey-blake2",
  version: ["borg", "--version"],
  environment: () => ({ BORG_PASSPHRASE: PASSWORD }),
  prepare: ({ repo }) => [{ argv: ["borg", "init", "-e", "repokey-blake2", repo] }],
  command,
};

function command(step: Step, { tree, repo, into, latest }: Site): Command {
  // It extracts by name only, and into the working directory.
  if (step === "restore") return { argv: ["borg", "extract", `${repo}::${latest}`], cwd: into };
  if (step === "check") return { argv: ["borg", "check", "--verify-data", repo] };
  return { argv: ["borg", "create", "-C", "zstd,1", `${repo}::${step}`, tree] };
}
