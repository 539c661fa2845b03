import { type ByteString, displayBytes, fromByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";

/** Directories whose names are remembered: a walk is in one of them and in those that lead to it. */
const DIRECTORIES_MAX = 1024;

/** Finds names that a share takes for the same because it does not regard case: the second would overwrite the first. */
export class CaseGuard {
  readonly #names = new Map<ByteString, Map<string, ByteString>>();

  /** Throws E_TARGET_EXISTS when another name of the same directory differs by case only. */
  check(directory: ByteString, name: ByteString): void {
    let names = this.#names.get(directory);
    if (names === undefined) {
      names = new Map();
      if (this.#names.size >= DIRECTORIES_MAX) this.#names.delete([...this.#names.keys()][0] ?? directory);
      this.#names.set(directory, names);
    }
    const key = fromByteString(name).toString("utf8").toLowerCase();
    const other = names.get(key);
    if (other === undefined) names.set(key, name);
    else if (other !== name) throw sameName(joinPath(directory, name), other);
  }
}

function sameName(path: ByteString, other: ByteString): AppError {
  return new AppError({
    code: "E_TARGET_EXISTS",
    what: `${displayBytes(path)} was not restored`,
    why: `a share takes its name for that of ${displayBytes(other)}, which was restored`,
    hint: "restore it into a folder",
  });
}
