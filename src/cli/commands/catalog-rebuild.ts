import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { formatBytes, formatDuration, formatItems } from "../format-text.ts";
import { catalogPath } from "../repository-access.ts";
import { runOperation } from "../run-operation.ts";
import { withRepository } from "../with-repository.ts";

const flags = {};

export const catalogRebuildCommand: Command = defineCommand({
  name: "catalog rebuild",
  summary: "make the local catalog anew from the repository",
  description: "Makes the local catalog anew from the newest snapshots. The catalog only saves time: no data depends on it.",
  args: [],
  flags,
  examples: [{ command: "varve catalog rebuild", text: "after moving to a new machine" }],
  codes: ["E_CATALOG", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED", "E_ABORTED"],
  endsInOrder: true,
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, output, global } = invocation;
  const { path, summary } = await withRepository(invocation, async (repository) => {
    const catalog = catalogPath(invocation, repository.id);
    if (catalog === undefined)
      throw new AppError({
        code: "E_USAGE",
        what: "there is no catalog to rebuild",
        why: "the settings say to keep none",
        hint: "name one with --catalog FILE",
      });
    const done = await runOperation(invocation, { phase: "rebuild", words: { done: "listed", stored: "fetched" } }, (world) =>
      context.services.operations.rebuildCatalog(repository, catalog, world),
    );
    return { path: catalog, summary: done };
  });
  const { sources, rows, bytes, durationMs } = summary;
  if (output.json)
    output.event({
      message_type: "summary",
      command: "catalog rebuild",
      catalog: path,
      sources,
      rows,
      bytes,
      duration_seconds: Math.round(durationMs) / 1000,
    });
  else if (!global.quiet)
    await output.text(
      `catalog ${path} made: ${formatItems(sources, "source")}, ${formatItems(rows, "row")}, ${formatBytes(bytes)}, in ${formatDuration(durationMs)}`,
    );
  return undefined;
}
