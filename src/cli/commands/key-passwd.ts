import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { keyLabel, newPassword, newPasswordFlags } from "../new-password.ts";
import { withRepository } from "../with-repository.ts";

const flags = newPasswordFlags;

export const keyPasswdCommand: Command = defineCommand({
  name: "key passwd",
  summary: "change the password",
  description: "Replaces the password that this command opens the repository with. Data is not rewritten; other keys stay.",
  args: [],
  flags,
  examples: [{ command: "varve key passwd", text: "asks for the old one and twice for the new one" }],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_PASSWORD_MISSING", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { flags: values, output } = invocation;
  const label = keyLabel(invocation, values.label);
  const slot = await withRepository(invocation, async (repository) =>
    repository.keys.changePassword(await newPassword(invocation, values), label),
  );
  await output.result(
    () => ({ message_type: "result", kind: "key", state: "added", slot, type: "passphrase", label, current: true }),
    () => `password changed; the key is now ${slot}`,
  );
  return undefined;
}
