import type { Repository } from "../../repository/face.ts";
import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { withRepository } from "../with-repository.ts";

const SHORT_SLOT_CHARS = 12;

const flags = {};

export const keyRemoveCommand: Command = defineCommand({
  name: "key remove",
  summary: "remove a key",
  description: "Removes a key slot: its password or recovery key opens the repository no more. The last slot cannot be removed.",
  args: [{ name: "SLOT", help: "slot as 'varve key list' shows it, or its first characters", required: true, variadic: false }],
  flags,
  examples: [{ command: "varve key remove 3f2a", text: "after a look at 'varve key list'" }],
  codes: ["E_NOT_FOUND", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { args, output } = invocation;
  const slot = await withRepository(invocation, async (repository) => {
    const found = await findSlot(repository, args[0] ?? "");
    await repository.keys.remove(found);
    return found;
  });
  await output.result(
    () => ({ message_type: "result", kind: "key", state: "removed", slot }),
    () => `key ${slot} removed`,
  );
  return undefined;
}

/** The one slot that starts with `text`. */
async function findSlot(repository: Repository, text: string): Promise<string> {
  const slots = (await repository.keys.list()).map((info) => info.slot);
  const matches = slots.includes(text) ? [text] : slots.filter((slot) => slot.startsWith(text));
  const [found] = matches;
  if (found !== undefined && matches.length === 1 && text !== "") return found;
  const why =
    matches.length === 0
      ? `the slots are ${slots.map((slot) => slot.slice(0, SHORT_SLOT_CHARS)).join(", ")}`
      : `it may be ${matches.join(" or ")}`;
  throw new AppError({ code: "E_NOT_FOUND", what: `no single key slot is called '${text}'`, why, hint: "see: varve key list" });
}
