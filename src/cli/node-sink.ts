import { isatty } from "node:tty";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { Sink } from "./context.ts";
import { BrokenPipe } from "./context.ts";

const DEFAULT_COLUMNS = 80;

/** A stream of the process as a `Sink`. */
export function nodeSink(stream: NodeJS.WriteStream & { readonly fd: number }): Sink {
  let failure: Error | undefined;
  // Without a listener a reader that leaves would end the process with a stack trace.
  stream.on("error", (error) => (failure ??= sinkError(error)));
  const refuse = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    isTTY: isatty(stream.fd),
    // Read on use: a terminal may be resized.
    get columns() {
      return stream.columns || DEFAULT_COLUMNS;
    },
    write: (data) => {
      refuse();
      if (stream.write(data)) return;
      return new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          stream.off("drain", settle).off("error", settle).off("close", settle);
          if (failure === undefined) resolve();
          else reject(failure);
        };
        stream.on("drain", settle).on("error", settle).on("close", settle);
      });
    },
    flush: async () => {
      refuse();
      await new Promise<void>((resolve) => stream.write("", () => resolve()));
      refuse();
    },
  };
}

function sinkError(error: unknown): Error {
  const code = systemCode(error);
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return new BrokenPipe();
  return new AppError({
    code: "E_TARGET_ROOT",
    what: "cannot write the output",
    why: systemReason(error, "the stream failed"),
    hint: "check the space and the permissions of where the output goes",
    cause: error,
  });
}
