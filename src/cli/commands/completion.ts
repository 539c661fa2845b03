import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { COMMAND_GROUPS, loadAllCommands } from "../command-list.ts";
import { completionScript } from "../completion-script.ts";

const flags = {};
const SHELLS = ["bash", "zsh", "fish"] as const;

export const completionCommand: Command = defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  description: "Prints a script that lets the shell complete commands, flags and their values.",
  args: [{ name: "SHELL", help: "your shell", required: true, variadic: false, choices: SHELLS }],
  flags,
  examples: [
    { command: 'eval "$(varve completion bash)"', text: "in ~/.bashrc" },
    { command: "varve completion zsh > ~/.zfunc/_varve", text: "in a folder of fpath" },
    { command: "varve completion fish > ~/.config/fish/completions/varve.fish", text: "for fish" },
  ],
  codes: [],
  run,
});

async function run({ args, output }: Invocation<typeof flags>): Promise<undefined> {
  const shell = SHELLS.find((name) => name === args[0]) ?? "bash";
  const script = completionScript(shell, { commands: await loadAllCommands(), groups: COMMAND_GROUPS });
  await output.result(
    () => ({ message_type: "result", kind: "completion", shell, script }),
    () => script,
  );
  return undefined;
}
