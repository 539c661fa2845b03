import type { KeySlotInfo } from "../../repository/face.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { formatLocalTime, formatTable, isoTime } from "../format-text.ts";
import { withRepository } from "../with-repository.ts";

const SHORT_SLOT_CHARS = 12;

const flags = {};

export const keyListCommand: Command = defineCommand({
  name: "key list",
  summary: "list the keys that open the repository",
  description: "Lists the key slots. The one this command opened the repository with is marked with *.",
  args: [],
  flags,
  examples: [{ command: "varve key list", text: "who can open it" }],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { output } = invocation;
  const slots = await withRepository(invocation, (repository) => repository.keys.list());
  if (output.json)
    for (const slot of slots)
      await output.result(
        () => keyEvent(slot),
        () => "",
      );
  else for (const line of formatTable([["", "Slot", "Kind", "Made", "Label"], ...slots.map(row)])) await output.text(line);
  return undefined;
}

function keyEvent(slot: KeySlotInfo) {
  return {
    message_type: "result",
    kind: "key",
    state: "present",
    slot: slot.slot,
    type: slot.kind,
    created: isoTime(slot.createdNs),
    label: slot.label,
    current: slot.current,
  } as const;
}

function row(slot: KeySlotInfo): string[] {
  return [slot.current ? "*" : " ", slot.slot.slice(0, SHORT_SLOT_CHARS), slot.kind, formatLocalTime(slot.createdNs), slot.label];
}
