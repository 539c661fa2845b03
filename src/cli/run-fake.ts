import { eventsIn } from "./event-check.ts";
import type { CliEvent } from "./event-types.ts";
import { FakeContext } from "./fake-context.ts";
import type { FakeWorld } from "./fake-context.ts";
import { runCli } from "./run-cli.ts";

export interface FakeRun {
  readonly code: number;
  readonly context: FakeContext;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in a fake world. */
export async function runFake(world: FakeWorld): Promise<FakeRun> {
  const context = new FakeContext(world);
  const code = await runCli(context);
  return { code, context, stdout: context.stdout.text, stderr: context.stderr.text };
}

/** Runs it with `--json` and returns the events; each line is held against the rules. */
export async function eventsOf(world: FakeWorld): Promise<CliEvent[]> {
  return eventsIn((await runFake({ ...world, argv: [...world.argv, "--json"] })).stdout);
}
