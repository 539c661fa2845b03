import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, type ByteString, joinPath } from "../../shared/bytes.ts";
import type { UpcomingDirectory } from "../source.ts";
import type { ListPage } from "./list-page.ts";

/** Directories at the top of the walk's stack that are always begun: the walk needs them next. */
const NEAR_MAX = 64;
/** Directories begun and not asked for yet, in all. */
const DIRECTORIES_MAX = 256;
/** Entries held for the walk beyond which nothing further away is begun. */
const ENTRIES_MAX = 20_000;

interface Begun {
  readonly page: Promise<ListPage>;
  entries: number;
}

/**
 * Lists directories before the walk asks for them: it goes depth first and one by one, the service answers many at once. Only the
 * first page of each is begun. Memory is bounded by the entries held and by the directories near the walk.
 */
export class ListAhead {
  readonly #list: (directory: ByteString) => Promise<ListPage>;
  readonly #begun = new Map<ByteString, Begun>();
  /** Directories seen in listings that the walk has not reached, to be begun when there is room. */
  readonly #further = new Set<ByteString>();
  #entries = 0;

  constructor(list: (directory: ByteString) => Promise<ListPage>) {
    this.#list = list;
  }

  /** `upcoming` ends with the directory that is listed next. `everything`: what lies in them will be listed too. */
  expect(upcoming: readonly UpcomingDirectory[], everything: boolean): void {
    const last = Math.max(0, upcoming.length - NEAR_MAX);
    for (let at = upcoming.length - 1; at >= last; at -= 1) {
      const path = upcoming[at]?.path;
      if (path !== undefined) this.#begin(path, everything);
    }
    this.#goOn(everything);
  }

  /** The first page of a directory: begun already, or asked for now. */
  take(directory: ByteString): Promise<ListPage> {
    // Never twice: what the walk has listed is not begun any more.
    this.#further.delete(directory);
    const begun = this.#begun.get(directory);
    if (begun === undefined) return this.#list(directory);
    this.#begun.delete(directory);
    this.#entries -= begun.entries;
    return begun.page;
  }

  #begin(path: ByteString, everything: boolean): void {
    if (this.#begun.has(path)) return;
    const begun: Begun = { page: this.#list(path), entries: 0 };
    this.#begun.set(path, begun);
    begun.page.then(
      (page) => this.#arrived(path, { begun, page, everything }),
      // Whoever takes it sees the failure.
      () => undefined,
    );
  }

  #arrived(path: ByteString, { begun, page, everything }: { begun: Begun; page: ListPage; everything: boolean }): void {
    if (this.#begun.get(path) === begun) {
      begun.entries = page.entries.length;
      this.#entries += begun.entries;
    }
    if (!everything) return;
    for (const { kind, name } of page.entries) {
      if (this.#further.size >= DIRECTORIES_MAX) break;
      if (kind === ENTRY_KIND.directory) this.#further.add(joinPath(path, byteStringOf(name)));
    }
    this.#goOn(everything);
  }

  #goOn(everything: boolean): void {
    while (this.#begun.size < DIRECTORIES_MAX && this.#entries < ENTRIES_MAX) {
      const [path] = this.#further;
      if (path === undefined) return;
      this.#further.delete(path);
      this.#begin(path, everything);
    }
  }
}
