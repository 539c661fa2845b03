/** A command line that cannot be followed: what is wrong, why, and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly why: string;
  readonly hint: string;

  constructor(what: string, why: string, hint: string) {
    super(what);
    this.why = why;
    this.hint = hint;
  }
}
