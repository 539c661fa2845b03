import { joinPath, type ByteString } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { BesideTarget } from "../source/beside-target.ts";
import type { Target } from "../source/target.ts";
import { folderEntry } from "./target-entries.ts";

/** Folders that are known to be there; when there are more, the oldest knowledge goes and is asked for again. */
const KNOWN_FOLDERS_MAX = 50_000;

const ROOT = "" as ByteString;

/** Makes the folders that files need, and tidies once each that was there before. */
export class TargetFolders {
  readonly #target: Pick<Target, "makeDirectory" | "finishDirectory"> & Pick<BesideTarget, "removeLeftovers">;
  readonly #clock: Clock;
  readonly #known = new Set<ByteString>();

  constructor(target: Pick<Target, "makeDirectory" | "finishDirectory"> & Pick<BesideTarget, "removeLeftovers">, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  /** Throws as the target does when something that is no folder is in the way. */
  async make(folder: ByteString): Promise<void> {
    if (this.#known.has(folder)) return;
    if (folder === ROOT) await this.#target.removeLeftovers(ROOT);
    else await this.#makeOne(folder);
    if (this.#known.size >= KNOWN_FOLDERS_MAX) this.#known.clear();
    this.#known.add(folder);
  }

  async #makeOne(folder: ByteString): Promise<void> {
    const cut = folder.lastIndexOf("/");
    const parent = folder.slice(0, Math.max(cut, 0)) as ByteString;
    const name = folder.slice(cut + 1) as ByteString;
    await this.make(parent);
    if ((await this.#target.makeDirectory(parent, name, false)) === "exists") await this.#target.removeLeftovers(joinPath(parent, name));
    else await this.#target.finishDirectory(parent, name, folderEntry(name, this.#clock.nowNs()));
  }
}
