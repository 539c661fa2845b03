import { ManualClock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import type { CliContext, Keyboard, Machine, SignalName, Sink } from "./context.ts";
import { BrokenPipe } from "./context.ts";
import type { Services } from "./services.ts";

/** A sink that keeps what is written. */
export class MemorySink implements Sink {
  isTTY: boolean;
  columns = 80;
  /** When set, the reader leaves after so many writes. */
  writesMax: number = Number.POSITIVE_INFINITY;
  #parts: Uint8Array[] = [];

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  write(data: string | Uint8Array): void {
    if (this.#parts.length >= this.writesMax) throw new BrokenPipe();
    this.#parts.push(typeof data === "string" ? Buffer.from(data) : data);
  }

  async flush(): Promise<void> {
    await Promise.resolve();
  }
}

export interface FakeWorld {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Parts of the services that the test needs; the others must not be called. */
  readonly repositories?: Partial<Services["repositories"]>;
  readonly operations?: Partial<Services["operations"]>;
  readonly trees?: Partial<Services["trees"]>;
  readonly guid?: Partial<Services["guid"]>;
  /** What a person types, line by line; giving it makes stdin and stderr terminals. */
  readonly typed?: readonly string[];
  readonly stdoutTTY?: boolean;
  readonly stderrTTY?: boolean;
  readonly machine?: Partial<Machine>;
}

/** A world for tests: everything in memory, time stands still, ticks and signals come when the test says. */
export class FakeContext implements CliContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Keyboard;
  readonly stdout: MemorySink;
  readonly stderr: MemorySink;
  readonly clock: ManualClock = new ManualClock();
  readonly random: ReturnType<typeof seededRandom> = seededRandom(1);
  readonly machine: Machine;
  readonly version = "1.2.3";
  readonly services: Services;
  /** Exit codes asked for by a second Ctrl-C. */
  readonly exits: number[] = [];
  readonly #signals = new Map<SignalName, Set<() => void>>();
  readonly #ticks = new Set<{ readonly periodMs: number; readonly tick: () => void }>();

  constructor(world: FakeWorld) {
    this.argv = world.argv;
    this.env = world.env ?? {};
    this.cwd = world.cwd ?? "/nowhere";
    this.stdin = fakeKeyboard(world.typed);
    this.stdout = new MemorySink(world.stdoutTTY ?? false);
    this.stderr = new MemorySink(world.stderrTTY ?? world.typed !== undefined);
    this.machine = { host: "testhost", user: "ann", home: "/nowhere/home", privileged: false, cores: 2, ...world.machine };
    this.services = {
      repositories: strict(world.repositories),
      operations: strict({ load: () => undefined, ...world.operations }),
      trees: strict(world.trees),
      guid: strict(world.guid),
    };
  }

  onSignal(name: SignalName, handler: () => void): () => void {
    const handlers = this.#signals.get(name) ?? new Set();
    this.#signals.set(name, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  every(periodMs: number, tick: () => void): () => void {
    const entry = { periodMs, tick };
    this.#ticks.add(entry);
    return () => this.#ticks.delete(entry);
  }

  exitNow(code: number): void {
    this.exits.push(code);
  }

  /** Delivers a signal; returns whether anybody listened. */
  signal(name: SignalName): boolean {
    const handlers = [...(this.#signals.get(name) ?? [])];
    for (const handler of handlers) handler();
    return handlers.length > 0;
  }

  /** Lets time pass and runs what is due once a period. */
  pass(durationMs: number): void {
    for (const { periodMs, tick } of this.#ticks) {
      for (let at = periodMs; at <= durationMs; at += periodMs) {
        this.clock.advance(periodMs);
        tick();
      }
    }
  }

  /** Timers and signal handlers still in place: none may be after a run. */
  get leftovers(): number {
    return this.#ticks.size + [...this.#signals.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }
}

function fakeKeyboard(typed: readonly string[] | undefined): Keyboard {
  const lines = [...(typed ?? [])];
  const next = async (): Promise<string | undefined> => {
    const line = lines.shift();
    if (line === "^C") throw new AppError({ code: "E_ABORTED", what: "interrupted" });
    return line;
  };
  return {
    isTTY: typed !== undefined,
    readLine: next,
    readHidden: (ask) => {
      ask();
      return next();
    },
  };
}

/** What a test did not provide must not be called. */
function strict<T extends object>(given: Partial<T> | undefined): T {
  return new Proxy((given ?? {}) as T, {
    get: (target, name) => {
      if (name in target) return target[name as keyof T];
      throw new Error(`the test does not expect a call of ${String(name)}`);
    },
  });
}
