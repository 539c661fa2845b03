import { fileURLToPath } from "node:url";
import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

const EXECUTABLE = fileURLToPath(new URL("../../../bin/varve", import.meta.url));

export const varve: BenchProgram = {
  name: "varve",
  role: "ours",
  executable: EXECUTABLE,
  settings: "as it comes, password set",
  version: [EXECUTABLE, "--version"],
  environment: () => ({ VARVE_PASSWORD: PASSWORD }),
  prepare: ({ repo }) => [{ argv: [EXECUTABLE, "init", repo] }],
  command,
};

function command(step: Step, { tree, repo, into }: Site): Command {
  if (step === "restore") return { argv: [EXECUTABLE, "restore", "latest", "--repo", repo, "--to", into] };
  if (step === "check") return { argv: [EXECUTABLE, "check", "--read-data", "--repo", repo] };
  return { argv: [EXECUTABLE, "backup", tree, "--repo", repo] };
}
