import type { StoreOperation } from "../../src/storage/meter/meter-store.ts";
import type { ByteRange, CreateOutcome, ObjectInfo, ObjectStore, StoreCapabilities } from "../../src/storage/object-store.ts";

/** A call as it began or, with `done`, as it ended well. */
export interface RecordedCall {
  readonly operation: StoreOperation;
  readonly key: string;
  readonly done: boolean;
}

/** Writes down every call when it starts and when it succeeds, and changes nothing. */
export class RecordingStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly calls: RecordedCall[] = [];
  readonly #inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
  }

  /** Folders of the objects that were created, in the order in which the calls began or ended; neighbours that agree once. */
  created(when: "begun" | "done"): readonly string[] {
    const folders = this.calls
      .filter(({ operation, done }) => operation === "create" && done === (when === "done"))
      .map(({ key }) => key.split("/")[0] ?? "");
    return folders.filter((folder, at) => folder !== folders[at - 1]);
  }

  create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
    return this.#record("create", key, () => this.#inner.create(key, parts));
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#record("read", key, () => this.#inner.read(key, range));
  }

  stat(key: string): Promise<ObjectInfo | undefined> {
    return this.#record("stat", key, () => this.#inner.stat(key));
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    this.calls.push({ operation: "list", key: prefix, done: false });
    yield* this.#inner.list(prefix);
    this.calls.push({ operation: "list", key: prefix, done: true });
  }

  remove(key: string): Promise<void> {
    return this.#record("remove", key, () => this.#inner.remove(key));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #record<T>(operation: StoreOperation, key: string, call: () => Promise<T>): Promise<T> {
    this.calls.push({ operation, key, done: false });
    const result = await call();
    this.calls.push({ operation, key, done: true });
    return result;
  }
}
