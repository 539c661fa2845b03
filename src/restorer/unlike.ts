import { type AzureFacts, CHUNK_TYPE, type Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { toHex } from "../shared/bytes.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { RemoteTarget } from "../source/target.ts";

/** Security descriptors remembered by the chunk that holds them. */
const DESCRIPTORS_MAX = 100_000;

/**
 * What passes between trees of different kinds. A share gets each security descriptor once and files by its own key; what the other
 * kind of tree has no place for is counted, to be told once at the end and not for each item.
 */
export class Unlike {
  readonly #reader: Pick<TreeReader, "chunk">;
  readonly #remote: RemoteTarget | undefined;
  readonly #keys = new Map<string, Promise<string>>();
  #descriptors = 0;
  #owned = 0;

  constructor(reader: Pick<TreeReader, "chunk">, remote: RemoteTarget | undefined) {
    this.#reader = reader;
    this.#remote = remote;
  }

  /**
   * What a share is told of an entry; undefined for a folder, and for an entry that never was in a share. A security descriptor that
   * cannot be read or made is told to `lost`: then the item gets the one that its directory gives.
   */
  facts(entry: Entry, lost: (error: AppError) => void): MaybePromise<AzureFacts | undefined> {
    const { azure } = entry;
    if (this.#remote === undefined) {
      if (azure !== undefined) this.#descriptors += 1;
      return undefined;
    }
    if (azure === undefined) {
      if (!this.#remote.isPosix) this.#owned += 1;
      return undefined;
    }
    const { permission } = azure;
    if (permission !== undefined && this.#remote.isPosix) this.#descriptors += 1;
    if (permission === undefined || this.#remote.isPosix) return { ...azure, permissionKey: "" };
    return this.#key(this.#remote, permission).then(
      (permissionKey) => ({ ...azure, permissionKey }),
      (error: unknown) => {
        if (!isAppError(error)) throw error;
        lost(error);
        return { ...azure, permissionKey: "" };
      },
    );
  }

  /** What was lost between the two kinds, as remarks for people. */
  remarks(): readonly string[] {
    const remarks: string[] = [];
    if (this.#descriptors > 0)
      remarks.push(
        `${this.#descriptors} items have a security descriptor, attributes and times that only an SMB share holds; elsewhere they belong to who restores them`,
      );
    if (this.#owned > 0)
      remarks.push(`${this.#owned} items have an owner, a mode and perhaps extended attributes, which an SMB share does not hold`);
    return remarks;
  }

  #key(remote: RemoteTarget, permission: NonNullable<AzureFacts["permission"]>): Promise<string> {
    const id = toHex(permission.id);
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    if (this.#keys.size >= DESCRIPTORS_MAX) this.#keys.clear();
    const making = this.#reader
      .chunk(CHUNK_TYPE.attribute, permission)
      .then((sddl) => remote.permissionKey(Buffer.from(sddl).toString("utf8")));
    this.#keys.set(id, making);
    return making;
  }
}
