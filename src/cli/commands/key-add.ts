import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { keyLabel, newPassword, newPasswordFlags } from "../new-password.ts";
import { withRepository } from "../with-repository.ts";

const flags = newPasswordFlags;

export const keyAddCommand: Command = defineCommand({
  name: "key add",
  summary: "add a password",
  description: "Adds one more password that opens the repository; the others stay.",
  args: [],
  flags,
  examples: [{ command: "varve key add --new-password-file ./bob --label bob", text: "a password for somebody else" }],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_PASSWORD_MISSING", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { flags: values, output } = invocation;
  const label = keyLabel(invocation, values.label);
  const slot = await withRepository(invocation, async (repository) => repository.keys.add(await newPassword(invocation, values), label));
  await output.result(
    () => ({ message_type: "result", kind: "key", state: "added", slot, type: "passphrase", label }),
    () => `key ${slot} added`,
  );
  return undefined;
}
