import type { BenchProgram, Command, Site, Step } from "../program.ts";
import { PASSWORD } from "../program.ts";

export const restic: BenchProgram = {
  name: "restic",
  role: "peer",
  executable: "restic",
  settings: "as it comes",
  version: ["restic", "version"],
  environment: ({ repo }) => ({ RESTIC_PASSWORD: PASSWORD, RESTIC_REPOSITORY: repo }),
  prepare: () => [{ argv: ["restic", "init"] }],
  command,
};

function command(step: Step, { tree, into }: Site): Command {
  if (step === "restore") return { argv: ["restic", "restore", `latest:${tree}`, "--target", into] };
  if (step === "check") return { argv: ["restic", "check", "--read-data"] };
  return { argv: ["restic", "backup", tree] };
}
