import type { Clock } from "../shared/clock.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { Random } from "../shared/random.ts";
import type { Services } from "./services.ts";

/** A stream that is written to: stdout or stderr. */
export interface Sink {
  readonly isTTY: boolean;
  /** Width of the terminal, characters; 80 when it is not known. */
  readonly columns: number;
  /** Resolves when more may be written. Throws `BrokenPipe` once the reader is gone, E_TARGET_ROOT when writing fails otherwise. */
  write(data: string | Uint8Array): MaybePromise<void>;
  /** Resolves when all that was written has left the process; fails like `write`. */
  flush(): Promise<void>;
}

/** The keyboard. */
export interface Keyboard {
  readonly isTTY: boolean;
  /**
   * One line typed without being shown; undefined at end of input. Rejects with E_ABORTED on Ctrl-C.
   * `ask` is called once nothing typed is shown any more: a fast typist's first letters must not appear.
   */
  readHidden(ask: () => void): Promise<string | undefined>;
  /** One line, shown while it is typed; undefined at end of input. */
  readLine(): Promise<string | undefined>;
}

export type SignalName = "SIGINT" | "SIGTERM" | "SIGUSR2";

/** The machine and the person Varve runs as. */
export interface Machine {
  readonly host: string;
  readonly user: string;
  /** Home folder, absolute. */
  readonly home: string;
  /** True for root: owners can be restored. */
  readonly privileged: boolean;
  /** Cores worth using. */
  readonly cores: number;
}

/** The world of one run of the program: everything a command touches goes through here, so that tests can stand in for it. */
export interface CliContext {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly stdin: Keyboard;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: Machine;
  readonly version: string;
  readonly services: Services;
  /** Calls `handler` at each such signal; returns what undoes it. */
  onSignal(name: SignalName, handler: () => void): () => void;
  /** Calls `tick` every `periodMs` without keeping the process alive; returns what stops it. */
  every(periodMs: number, tick: () => void): () => void;
  /** Leaves at once. Only for the second Ctrl-C. */
  exitNow(code: number): void;
}

/** The reader of our output has gone, as `| head` does. Not an error: the command ends quietly. */
export class BrokenPipe extends Error {
  override readonly name = "BrokenPipe";
}
