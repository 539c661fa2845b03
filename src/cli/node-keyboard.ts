import { isatty } from "node:tty";
import { AppError } from "../shared/errors.ts";
import type { Keyboard } from "./context.ts";

const LINE_CHARS_MAX = 4096;

type Typed = { readonly kind: "line"; readonly text: string } | { readonly kind: "end" } | { readonly kind: "interrupt" };

/** The process's stdin as a keyboard. */
export function nodeKeyboard(stream: NodeJS.ReadStream & { readonly fd: number }): Keyboard {
  return {
    isTTY: isatty(stream.fd),
    readHidden: async (ask) => {
      stream.setRawMode(true);
      try {
        ask();
        return lineOf(await readTyped(stream));
      } finally {
        stream.setRawMode(false);
      }
    },
    readLine: async () => lineOf(await readTyped(stream)),
  };
}

function lineOf(typed: Typed): string | undefined {
  if (typed.kind === "interrupt")
    throw new AppError({ code: "E_ABORTED", what: "interrupted", why: "Ctrl-C was typed", hint: "nothing was changed" });
  return typed.kind === "line" ? typed.text : undefined;
}

function readTyped(stream: NodeJS.ReadStream): Promise<Typed> {
  return new Promise((resolve) => {
    const editor = new LineEditor();
    const settle = (typed: Typed): void => {
      stream.off("data", onData).off("end", onEnd).pause();
      resolve(typed);
    };
    const onEnd = (): void => settle({ kind: "end" });
    const onData = (text: string): void => {
      const typed = editor.type(text);
      if (typed !== undefined) settle(typed);
    };
    stream.setEncoding("utf8").on("data", onData).on("end", onEnd).resume();
  });
}

/** Collects keys into a line as a terminal in raw mode delivers them. */
export class LineEditor {
  #chars: string[] = [];

  /** Takes what was typed; returns what it amounts to once it is complete. */
  type(text: string): Typed | undefined {
    for (const char of text) {
      if (char === "\r" || char === "\n") return { kind: "line", text: this.#chars.join("") };
      if (char === "\u0003") return { kind: "interrupt" };
      if (char === "\u0004") return this.#chars.length === 0 ? { kind: "end" } : { kind: "line", text: this.#chars.join("") };
      if (char === "\u007f" || char === "\b") this.#chars.pop();
      else if (char === "\u0015") this.#chars = [];
      else if (char >= " " && this.#chars.length < LINE_CHARS_MAX) this.#chars.push(char);
    }
    return undefined;
  }
}
