import { open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { Invocation } from "./command.ts";
import type { Flag, FlagSet } from "./flags.ts";
import { textFlag } from "./flags.ts";
import { formatBytes } from "./format-text.ts";

/** The commands whose result is a file. */
type Writer = "cat" | "dump" | "metrics plot";

/** Where they write to. */
export const outputFlag: Flag<string | undefined> = textFlag("output FILE", "write to this file, which must not exist", {
  short: "o",
  defaultText: "standard output",
});

type Dumping = Pick<Invocation<FlagSet>, "context" | "output" | "signal" | "terminal" | "global">;

/**
 * Writes raw content to stdout or to a new file. Nothing of a file that could not be finished is left behind.
 * With `--json` stdout belongs to events, so a file must be named.
 */
export async function writeContent(
  invocation: Dumping,
  command: Writer,
  options: { readonly file: string | undefined; readonly content: AsyncIterable<Uint8Array> },
): Promise<void> {
  const { output, context, signal } = invocation;
  if (options.file === undefined) {
    refuseEvents(invocation, command);
    for await (const bytes of options.content) {
      signal.throwIfAborted();
      await output.bytes(bytes);
    }
    return;
  }
  const path = resolve(context.cwd, options.file);
  const bytes = await writeFile(path, options.content, signal);
  if (output.json) output.event({ message_type: "summary", command, output: path, bytes });
  else if (!invocation.global.quiet) invocation.terminal.message(`${formatBytes(bytes)} written to ${path}`);
}

/** Throws E_USAGE when events and content would be mixed on stdout. */
export function refuseEvents({ output }: Pick<Dumping, "output">, command: Writer): void {
  if (output.json)
    throw new AppError({
      code: "E_USAGE",
      what: `${command} --json needs --output FILE`,
      why: "content and events cannot share standard output",
      hint: "add --output FILE, or leave out --json",
    });
}

async function writeFile(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
  const file = await open(path, "wx").catch((error: unknown) => {
    throw new AppError({
      code: systemCode(error) === "EEXIST" ? "E_TARGET_EXISTS" : "E_TARGET_ROOT",
      what: `cannot make ${path}`,
      why: systemReason(error, "it cannot be written"),
      hint: "name a file that does not exist, in a folder that does",
      cause: error,
    });
  });
  let length = 0;
  try {
    for await (const bytes of content) {
      signal.throwIfAborted();
      await file.writeFile(bytes);
      length += bytes.length;
    }
    await file.close();
    return length;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error instanceof AppError || systemCode(error) === ""
      ? error
      : new AppError({
          code: "E_TARGET_ROOT",
          what: `cannot write ${path}`,
          why: systemReason(error, "it cannot be written"),
          hint: "check the space there",
          cause: error,
        });
  }
}
