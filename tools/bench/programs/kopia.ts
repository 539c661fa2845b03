import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

export const kopia: BenchProgram = {
  name: "kopia",
  role: "peer",
  executable: "kopia",
  settings: "zstd-fastest (it does not compress unless told)",
  version: ["kopia", "--version"],
  environment: () => ({ KOPIA_PASSWORD: PASSWORD, KOPIA_CHECK_FOR_UPDATES: "false" }),
  prepare: ({ repo }) => [
    { argv: ["kopia", "repository", "create", "filesystem", "--path", repo] },
    { argv: ["kopia", "policy", "set", "--global", "--compression=zstd-fastest"] },
  ],
  command,
};

function command(step: Step, { tree, into }: Site): Command {
  if (step === "restore") return { argv: ["kopia", "snapshot", "restore", tree, into] };
  if (step === "check") return { argv: ["kopia", "content", "verify", "--full"] };
  return { argv: ["kopia", "snapshot", "create", tree] };
}
