import { expandPath } from "../config/load.ts";
import { readSecret } from "../config/secret.ts";
import { splitWords } from "../config/split-words.ts";
import { AppError } from "../shared/errors.ts";
import { askNewPassword, canAsk } from "./ask.ts";
import type { Invocation } from "./command.ts";
import type { Flag, FlagSet } from "./flags.ts";
import { textFlag } from "./flags.ts";

/** Flags of commands that set a password. */
export const newPasswordFlags: {
  readonly newPasswordFile: Flag<string | undefined>;
  readonly newPasswordCommand: Flag<string | undefined>;
  readonly label: Flag<string | undefined>;
} = {
  newPasswordFile: textFlag("new-password-file FILE", "read the new password from this file"),
  newPasswordCommand: textFlag("new-password-command COMMAND", "run this program (no shell) and take what it prints as the new password"),
  label: textFlag("label TEXT", "label of the key", { defaultText: "USER@HOST" }),
};

type Values = { readonly newPasswordFile: string | undefined; readonly newPasswordCommand: string | undefined };

/** The new password: from the flags, `VARVE_NEW_PASSWORD`, or the person at the keyboard. Throws E_PASSWORD_MISSING. */
export async function newPassword(invocation: Pick<Invocation<FlagSet>, "context" | "terminal">, values: Values): Promise<string> {
  const { context } = invocation;
  const { newPasswordFile: file, newPasswordCommand: command } = values;
  if (file !== undefined && command !== undefined)
    throw new AppError({
      code: "E_USAGE",
      what: "--new-password-file and --new-password-command cannot be used together",
      hint: "give one of them",
    });
  if (file !== undefined) return readSecret({ file: expandPath(file, context.cwd, context.machine.home) }, "new password", context);
  if (command !== undefined) return readSecret({ command: splitWords(command) }, "new password", context);
  const plain = context.env["VARVE_NEW_PASSWORD"] ?? "";
  if (plain !== "") return plain;
  if (canAsk(context)) return askNewPassword(invocation, "new password");
  throw new AppError({
    code: "E_PASSWORD_MISSING",
    what: "no new password was given",
    why: "nobody is there to be asked",
    hint: "add --new-password-file FILE",
  });
}

/** Label of a new key: as given, or who made it where. */
export function keyLabel(invocation: Pick<Invocation<FlagSet>, "context">, label: string | undefined): string {
  const { user, host } = invocation.context.machine;
  return label ?? `${user}@${host}`;
}
