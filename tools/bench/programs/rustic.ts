import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

export const rustic: BenchProgram = {
  name: "rustic",
  role: "peer",
  executable: "rustic",
  settings: "as it comes",
  version: ["rustic", "--version"],
  environment: ({ repo }) => ({ RUSTIC_PASSWORD: PASSWORD, RUSTIC_REPOSITORY: repo }),
  prepare: () => [{ argv: ["rustic", "init"] }],
  command,
};

function command(step: Step, { tree, into }: Site): Command {
  if (step === "restore") return { argv: ["rustic", "restore", `latest:${tree}`, into] };
  if (step === "check") return { argv: ["rustic", "check", "--read-data"] };
  return { argv: ["rustic", "backup", tree] };
}
