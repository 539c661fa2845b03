import type { OpenRepository } from "../repository/repository.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";
import type { Invocation } from "./command.ts";
import type { FlagSet } from "./flags.ts";
import { openRepository } from "./repository-access.ts";

/** Opens the repository for the time of `work` and closes it whatever happens; its requests are counted in `gauge`. */
export async function withRepository<R>(
  invocation: Omit<Invocation<FlagSet>, "flags">,
  work: (repository: OpenRepository) => Promise<R>,
  gauge?: RequestGauge,
): Promise<R> {
  const repository = await openRepository(invocation, gauge);
  try {
    return await work(repository);
  } finally {
    tellDamage(repository, invocation);
    await repository.close();
  }
}

/** What cannot be read must never pass in silence: a snapshot is missing from every list, a segment makes everything slower. */
function tellDamage(repository: OpenRepository, { output, terminal }: Pick<Invocation<FlagSet>, "output" | "terminal">): void {
  for (const [key, { what, why }] of repository.damage) {
    const meaning = key.startsWith("index/") ? "the packs it names were asked themselves" : "its snapshot is left out";
    const message = `${key} cannot be read, ${meaning}: ${what}: ${why}; run \`varve check\``;
    output.event({ message_type: "warning", message });
    terminal.message(`${terminal.style("warning", "warning:")} ${message}`);
  }
}
