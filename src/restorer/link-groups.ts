import type { Entry } from "../format/entry.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import type { Target } from "../source/target.ts";
import { FILE_ACTION, type FileAction } from "./file-columns.ts";

interface Place {
  readonly directory: ByteString;
  readonly name: ByteString;
}

/** Names that share one file: the first is restored with its content, the others become links to it at the end. */
export class LinkGroups {
  readonly #first = new Map<bigint, Place>();
  readonly #others: { readonly place: Place; readonly first: Place; readonly replace: boolean }[] = [];

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

  /** Makes the links; returns how many. */
  async make(target: Target, issue: (path: ByteString, error: unknown) => void): Promise<number> {
    let made = 0;
    for (const { place, first, replace } of this.#others) {
      try {
        await target.link(place.directory, place.name, first, replace);
        made += 1;
      } catch (error) {
        issue(joinPath(place.directory, place.name), error);
      }
    }
    return made;
  }
}
