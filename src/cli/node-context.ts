import { availableParallelism, homedir, hostname, userInfo } from "node:os";
import { systemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import type { CliContext, Machine } from "./context.ts";
import { nodeKeyboard } from "./node-keyboard.ts";
import { nodeSink } from "./node-sink.ts";
import { realServices } from "./real-services.ts";

/** The world of the running process. */
export function nodeContext(version: string): CliContext {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    // Looked at on use: merely touching process.stdin opens it.
    get stdin() {
      return nodeKeyboard(process.stdin);
    },
    stdout: nodeSink(process.stdout),
    stderr: nodeSink(process.stderr),
    clock: systemClock,
    random: systemRandom,
    machine: machine(),
    version,
    services: realServices,
    onSignal: (name, handler) => {
      process.on(name, handler);
      return () => process.off(name, handler);
    },
    every: (periodMs, tick) => {
      const timer = setInterval(tick, periodMs).unref();
      return () => clearInterval(timer);
    },
    exitNow: (code) => process.exit(code),
  };
}

function machine(): Machine {
  return { host: hostname(), user: userName(), home: homedir(), privileged: process.getuid?.() === 0, cores: availableParallelism() };
}

/** Containers run under numeric ids that have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "");
  }
}
