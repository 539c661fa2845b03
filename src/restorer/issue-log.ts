import { displayBytes, type ByteString } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Reporter } from "../telemetry/events.ts";

/** Reports and counts what could not be restored exactly. */
export class IssueLog {
  readonly #reporter: Reporter;
  #count = 0;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get count(): number {
    return this.#count;
  }

  /** Reports an error about one item; anything but an `AppError` is a defect of ours and ends the restore. */
  readonly add = (path: ByteString, error: unknown): void => {
    if (!(error instanceof AppError)) throw error;
    const { code, what, why, hint } = error;
    this.#count += 1;
    this.#reporter.counters.issues = this.#count;
    this.#reporter.issue({ path: displayBytes(path) || ".", code, message: what, why, hint });
  };

  /** Reports a directory whose pages cannot all be read. */
  readonly addUnreadable = (path: ByteString, { code, what, why, hint }: AppError): void => {
    this.add(
      path,
      new AppError({
        code,
        what: `cannot restore all that is in ${displayBytes(path) || "the snapshot's top folder"}`,
        why: `${what}: ${why}`,
        hint,
      }),
    );
  };
}
