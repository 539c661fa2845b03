import { AppError } from "../../src/shared/errors.ts";
import { flatTree, type Tree } from "../support/thin-backup.ts";

/** What everybody was told, and what should be in the repository therefore: the model that the repository is held against. */
export class History {
  /** Content of the tree of each job, by path. */
  readonly trees: Map<string, ReadonlyMap<string, Uint8Array>> = new Map();
  /** Snapshots whose writer was told that they are committed. */
  readonly acknowledged: Set<string> = new Set();
  readonly violations: string[] = [];
  readonly canaries: readonly string[];

  /** Nothing that is stored or told may contain any of the `canaries`. */
  constructor(canaries: readonly string[]) {
    this.canaries = canaries;
  }

  job(name: string, tree: Tree): void {
    this.trees.set(name, flatTree(tree));
  }

  violate(what: string): void {
    this.violations.push(what);
  }

  /** I17 for objects and messages. */
  secret(where: string, bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const canary of this.canaries) if (text.includes(canary)) this.violate(`I17 ${where} holds "${canary}"`);
  }

  /** I10: whatever goes wrong is said in our own words, and without secrets. Returns the error. */
  failed(who: string, error: unknown): AppError {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      const { message, stack } = cause;
      const parts = cause instanceof AppError ? { why: cause.why, hint: cause.hint, data: cause.data } : {};
      this.secret(`an error of ${who}`, Buffer.from(JSON.stringify({ message, stack, ...parts })));
    }
    if (error instanceof AppError && error.code !== "E_INTERNAL") return error;
    this.violate(`I10 ${who} failed with ${error instanceof Error ? String(error.stack) : String(error)}`);
    return new AppError({ code: "E_INTERNAL", what: "not an error of ours" });
  }
}
