import { AppError } from "../shared/errors.ts";
import type { CliContext } from "./context.ts";
import type { Terminal } from "./terminal.ts";

interface Asker {
  readonly context: CliContext;
  readonly terminal: Terminal;
}

/** True when a person is at the keyboard and sees the question. Nothing is ever asked otherwise. */
export function canAsk(context: CliContext): boolean {
  return context.stdin.isTTY && context.stderr.isTTY;
}

/** Asks for a password that is not shown. Throws E_PASSWORD_MISSING when none is typed. */
export async function askPassword({ context, terminal }: Asker, question: string): Promise<string> {
  // The Return that ends the line is not shown either.
  const password = await context.stdin.readHidden(() => terminal.ask(question)).finally(() => terminal.message(""));
  if (password === undefined || password === "")
    throw new AppError({ code: "E_PASSWORD_MISSING", what: "no password was typed", hint: "type it, or set VARVE_PASSWORD_FILE" });
  return password;
}

/** Asks for a new password twice. Throws E_USAGE when the two differ. */
export async function askNewPassword(asker: Asker, what: string): Promise<string> {
  const first = await askPassword(asker, `${what}: `);
  const second = await askPassword(asker, `${what}, once more: `);
  if (first !== second)
    throw new AppError({
      code: "E_USAGE",
      what: "the two passwords differ",
      why: "one of them was mistyped",
      hint: "run the command again",
    });
  return first;
}

/** Asks for a yes. True only when the word is typed in full. */
export async function confirm({ context, terminal }: Asker, question: string): Promise<boolean> {
  terminal.ask(`${question} Type yes to go on: `);
  return (await context.stdin.readLine())?.trim().toLowerCase() === "yes";
}
