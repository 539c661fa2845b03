import type { CliContext } from "./context.ts";
import { cutEnd } from "./format-text.ts";

/** How a stretch of text is marked; the words say everything, colour only helps the eye. */
export type Style = "error" | "warning" | "hint" | "dim";

const STYLE_CODE: Readonly<Record<Style, string>> = { error: "1;31", warning: "33", hint: "36", dim: "2" };

/**
 * The only writer of stderr: messages, and below them a block of live lines that is redrawn in place.
 * Nothing here throws: when nobody reads the messages any more, the work still goes on.
 */
export class Terminal {
  readonly #context: CliContext;
  readonly #colour: boolean;
  #live: readonly string[] = [];
  #drawnLines = 0;

  constructor(context: CliContext) {
    this.#context = context;
    this.#colour = wantsColour(context);
  }

  /** True when lines may be redrawn in place. */
  get canRedraw(): boolean {
    const { env, stderr } = this.#context;
    return stderr.isTTY && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  }

  /** Prints lines above the live block. */
  message(text: string): void {
    this.#write(`${this.#eraser()}${text}\n${this.#block()}`);
  }

  /** Asks something: the cursor stays behind the text. */
  ask(text: string): void {
    this.clear();
    this.#write(text);
  }

  /** Replaces the live block. */
  draw(lines: readonly string[]): void {
    this.#live = lines;
    this.#write(this.#eraser() + this.#block());
  }

  /** Takes the live block away; call before anything else writes to the same screen. */
  clear(): void {
    this.#live = [];
    if (this.#drawnLines > 0) this.#write(this.#eraser());
  }

  style(style: Style, text: string): string {
    return this.#colour ? `\u001b[${STYLE_CODE[style]}m${text}\u001b[0m` : text;
  }

  /** Back to the first column of the block's first line, everything from there on erased. */
  #eraser(): string {
    const up = this.#drawnLines > 1 ? `\u001b[${this.#drawnLines - 1}A` : "";
    const eraser = this.#drawnLines === 0 ? "" : `\r${up}\u001b[J`;
    this.#drawnLines = 0;
    return eraser;
  }

  /** The live lines, each cut below the width: a wrapped line would break the way back up. */
  #block(): string {
    this.#drawnLines = this.#live.length;
    const columnsMax = Math.max(1, this.#context.stderr.columns - 1);
    return this.#live.map((line) => cutEnd(line, columnsMax)).join("\n");
  }

  #write(text: string): void {
    if (text === "") return;
    try {
      // Messages are few; when stderr is slow they wait in the stream.
      const waiting = this.#context.stderr.write(text);
      if (waiting instanceof Promise) waiting.catch(() => undefined);
    } catch {
      // Nobody reads the messages any more.
    }
  }
}

function wantsColour(context: CliContext): boolean {
  const set = (name: string): boolean => (context.env[name] ?? "") !== "";
  if (set("NO_COLOR")) return false;
  if (set("FORCE_COLOR")) return context.env["FORCE_COLOR"] !== "0";
  return (set("CLICOLOR_FORCE") && context.env["CLICOLOR_FORCE"] !== "0") || (context.stderr.isTTY && context.env["TERM"] !== "dumb");
}
