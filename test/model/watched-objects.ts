/** Told of every effect on the store, whoever caused it and whatever answer they got. */
export interface ObjectWatcher {
  /** `before` is what the key held: an object that is written twice. */
  readonly created: (key: string, bytes: Uint8Array, before: Uint8Array | undefined) => void;
  readonly removed: (key: string) => void;
}

/** The objects of a `MemoryStore`, watched below every wrapper: what a store really holds, as opposed to what it answered. */
export class WatchedObjects extends Map<string, Uint8Array> {
  watcher: ObjectWatcher | undefined;

  override set(key: string, bytes: Uint8Array): this {
    const before = this.get(key);
    super.set(key, bytes);
    this.watcher?.created(key, bytes, before);
    return this;
  }

  override delete(key: string): boolean {
    const had = super.delete(key);
    if (had) this.watcher?.removed(key);
    return had;
  }
}
