import type { EntryKind } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { ListOptions, NodeDetails, Source, SourceDescription, SourceNode } from "../source.ts";
import type { LocalSource } from "./local-source.ts";
import { WalkAhead } from "./walk-ahead.ts";

/** A local tree whose listings another thread can make ahead of the walk. */
export class AheadSource implements Source {
  readonly description: SourceDescription;
  readonly #inner: LocalSource;
  #ahead: WalkAhead | undefined;

  /** Takes over `inner`. */
  constructor(inner: LocalSource) {
    this.description = inner.description;
    this.#inner = inner;
  }

  root(): SourceNode {
    return this.#inner.root();
  }

  readAhead(): void {
    this.#ahead ??= new WalkAhead(this.description.path, this.#inner.rootDevice);
  }

  list(directory: ByteString, options: ListOptions = {}): AsyncIterable<readonly SourceNode[]> | Iterable<readonly SourceNode[]> {
    return this.#ahead === undefined ? this.#inner.list(directory, options) : this.#listAhead(this.#ahead, directory, options);
  }

  details(directory: ByteString, name: ByteString, kind: EntryKind): NodeDetails {
    return this.#inner.details(directory, name, kind);
  }

  ownerNames(uid: number, gid: number): { readonly user: string; readonly group: string } {
    return this.#inner.ownerNames(uid, gid);
  }

  async close(): Promise<void> {
    await this.#ahead?.close();
    this.#inner.close();
  }

  async *#listAhead(ahead: WalkAhead, directory: ByteString, options: ListOptions): AsyncGenerator<readonly SourceNode[]> {
    const ready = await ahead.take(directory);
    options.signal?.throwIfAborted();
    if (ready === undefined) yield* this.#inner.list(directory, options);
    else if (ready.length > 0) yield ready;
  }
}
