import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { formatBytes, formatCount, formatTable } from "../format-text.ts";
import { withRepository } from "../with-repository.ts";

const flags = {};

export const statsCommand: Command = defineCommand({
  name: "stats",
  summary: "show how large the repository is",
  description: "Shows what the repository holds and how much room it takes.",
  args: [],
  flags,
  examples: [{ command: "varve stats --repo @cloud", text: "of a repository of the configuration" }],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { output } = invocation;
  const { stats, id, formatVersion, encrypted, location } = await withRepository(invocation, async (repository) => ({
    stats: await repository.stats(),
    id: repository.id,
    formatVersion: repository.formatVersion,
    encrypted: repository.encrypted,
    location: repository.store.capabilities.description,
  }));
  const { snapshots, packs, packBytes, indexBytes, chunks, plainBytes } = stats;
  const ratio = plainBytes <= packBytes ? "" : ` (${(plainBytes / packBytes).toFixed(2)} times the room it takes)`;
  const rows = [
    ["repository", `${id} in ${location}, format ${formatVersion}${encrypted ? "" : ", opens without a password"}`],
    ["snapshots", formatCount(snapshots)],
    ["data", `${formatBytes(plainBytes)} in ${formatCount(chunks)} chunks${ratio}`],
    ["stored", `${formatBytes(packBytes)} in ${formatCount(packs)} packs, ${formatBytes(indexBytes)} of index`],
  ];
  await output.result(
    () => ({
      message_type: "result",
      kind: "stats",
      repository_id: id,
      location,
      format_version: formatVersion,
      encrypted,
      snapshots,
      packs,
      pack_bytes: packBytes,
      index_bytes: indexBytes,
      chunks,
      plain_bytes: plainBytes,
    }),
    () => formatTable(rows).join("\n"),
  );
  return undefined;
}
