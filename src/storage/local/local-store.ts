import { lstat, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { isAppError } from "../../shared/errors.ts";
import { totalLength } from "../../shared/bytes.ts";
import type { Random } from "../../shared/random.ts";
import { assertListPrefix, assertObjectKey } from "../object-key.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { objectTooLarge } from "../store-errors.ts";
import { systemFolderFs } from "./folder-fs.ts";
import type { FolderFs } from "./folder-fs.ts";
import { folderMissing, localError } from "./local-errors.ts";
import { isAbsent, listFolder, readObject, statObject } from "./object-reader.ts";
import { ObjectWriter } from "./object-writer.ts";

export interface LocalStoreDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Only tests pass their own. */
  readonly fs?: FolderFs;
}

/** Node's pool for file system calls has four threads: more calls would only wait there. */
const CONCURRENCY = 4;

/** One array holds an object when it is read. */
const OBJECT_BYTES_MAX = 2 ** 32;

/** Opens the folder `root` as an object store. E_STORE_CONTAINER when it does not exist. */
export async function openLocalStore(root: string, deps: LocalStoreDeps): Promise<ObjectStore> {
  const info = await stat(root).catch((error: unknown) => {
    throw isAbsent(error) ? folderMissing(root) : localError(error, `open folder ${root}`);
  });
  if (!info.isDirectory()) throw folderMissing(root);
  const { clock, random, fs = systemFolderFs } = deps;
  return new LocalStore(root, new ObjectWriter(root, { clock, random, fs, rootMode: info.mode }));
}

class LocalStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #root: string;
  readonly #writer: ObjectWriter;

  constructor(root: string, writer: ObjectWriter) {
    this.#root = root;
    this.#writer = writer;
    this.capabilities = {
      description: `folder ${root}`,
      concurrency: CONCURRENCY,
      objectBytesMax: OBJECT_BYTES_MAX,
      cheapRanges: true,
    };
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    const size = totalLength(parts);
    if (size > OBJECT_BYTES_MAX) throw objectTooLarge(key, size, OBJECT_BYTES_MAX);
    return await this.#explain(`write object ${key}`, key, () => this.#writer.create(key, parts, options));
  }

  async read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    return await this.#explain(`read object ${key}`, key, () => readObject(this.#root, key, { range, into: options?.into }));
  }

  async stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    return await this.#explain(`look at object ${key}`, key, async () => {
      const info = await statObject(this.#root, key);
      if (info === undefined) await this.#demandRoot();
      return info;
    });
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    assertListPrefix(prefix);
    try {
      yield* listFolder(this.#root, prefix.slice(0, -1), options);
    } catch (error) {
      await this.#demandRoot();
      if (!isAbsent(error)) throw localError(error, `list folder ${join(this.#root, prefix)}`);
    }
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    await this.#explain(`remove object ${key}`, key, async () => {
      try {
        await unlink(join(this.#root, key));
      } catch (error) {
        if (!isAbsent(error)) throw error;
        await this.#demandRoot();
      }
    });
  }

  async close(): Promise<void> {}

  /** Runs a call; what fails is told apart into "no such object", "no such folder" and the rest. */
  async #explain<T>(doing: string, key: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (isAbsent(error) || isAppError(error, "E_OBJECT_NOT_FOUND")) await this.#demandRoot();
      throw localError(error, doing, key);
    }
  }

  async #demandRoot(): Promise<void> {
    try {
      await lstat(this.#root);
    } catch (error) {
      if (isAbsent(error)) throw folderMissing(this.#root);
    }
  }
}
