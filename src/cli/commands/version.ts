import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";

const flags = {};

export const versionCommand: Command = defineCommand({
  name: "version",
  summary: "print the version",
  description: "Prints the version; with --json also Node.js and platform, as a report of a defect should name them.",
  args: [],
  flags,
  examples: [{ command: "varve version --json", text: "for a report" }],
  codes: [],
  run: async ({ context, output }: Invocation<typeof flags>): Promise<undefined> => {
    const { version } = context;
    await output.result(
      () => ({
        message_type: "result",
        kind: "version",
        version,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      }),
      () => `varve ${version}`,
    );
    return undefined;
  },
});
