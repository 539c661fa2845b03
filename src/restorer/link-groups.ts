import type { Entry } from "../format/entry.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { FILE_ACTION, type FileAction } from "./file-columns.ts";
import type { RestoreTarget } from "./restore-target.ts";

interface Place {
  readonly directory: ByteString;
  readonly name: ByteString;
}

/** Names that share one file: the first is restored with its content, the others become links to it at the end. */
export class LinkGroups {
  readonly #first = new Map<bigint, Place>();
  readonly #others: { readonly place: Place; readonly first: Place; readonly replace: boolean }[] = [];
  readonly #lost = new Set<ByteString>();

  /** True when this name is the first of its file and must be restored; otherwise it is linked by `make`. */
  isFirst(place: Place, entry: Entry, action: FileAction): boolean {
    const first = this.#first.get(entry.nodeId);
    if (first === undefined) {
      this.#first.set(entry.nodeId, place);
      return true;
    }
    this.#others.push({ place, first, replace: action !== FILE_ACTION.create });
    return false;
  }

  /** Tells that a file could not be restored: what lies under its name, if anything does, is not what its other names mean. */
  lose(path: ByteString): void {
    this.#lost.add(path);
  }

  /** Makes the links; returns how many. */
  async make(target: Pick<RestoreTarget, "link">, issue: (path: ByteString, error: unknown) => void): Promise<number> {
    let made = 0;
    for (const { place, first, replace } of this.#others) {
      try {
        if (this.#lost.has(joinPath(first.directory, first.name))) throw lostWithFirst(place, first);
        await target.link(place.directory, place.name, first, replace);
        made += 1;
      } catch (error) {
        issue(joinPath(place.directory, place.name), error);
      }
    }
    return made;
  }
}

function lostWithFirst(place: Place, first: Place): AppError {
  return new AppError({
    code: "E_INCOMPLETE",
    what: `cannot restore ${displayBytes(joinPath(place.directory, place.name))}`,
    why: `it is another name of ${displayBytes(joinPath(first.directory, first.name))}, which could not be restored`,
    hint: "see what is said of that one",
  });
}
