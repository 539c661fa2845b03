import type { AzureFacts, ChunkRef } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { AppError } from "../shared/errors.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { RemoteSide } from "../source/source.ts";
import type { SourceWriter } from "./source-writer.ts";

/** Security descriptors remembered. A share has some hundreds; whatever has more asks again. */
const KEYS_MAX = 100_000;

/** The security descriptors of a share: each is asked for once in a run and stored once in the repository. */
export class Permissions {
  readonly #remote: Pick<RemoteSide, "permission">;
  readonly #writer: () => Promise<SourceWriter>;
  readonly #issue: (error: AppError) => void;
  readonly #known = new Map<string, Promise<ChunkRef | undefined>>();
  readonly #stored = new Map<string, ChunkRef | undefined>();

  constructor(
    remote: Pick<RemoteSide, "permission">,
    deps: { readonly writer: () => Promise<SourceWriter>; readonly issue: (error: AppError) => void },
  ) {
    this.#remote = remote;
    this.#writer = deps.writer;
    this.#issue = deps.issue;
  }

  /** The facts with their security descriptor; at once when its key was met before. One that cannot be had is reported once and left out. */
  complete(facts: AzureFacts): MaybePromise<AzureFacts> {
    const key = facts.permissionKey;
    if (key === "") return facts;
    if (this.#stored.has(key)) return { ...facts, permission: this.#stored.get(key) };
    return this.#fetched(key).then((permission) => ({ ...facts, permission }));
  }

  #fetched(key: string): Promise<ChunkRef | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fetching = this.#fetch(key);
    if (this.#known.size >= KEYS_MAX) {
      const oldest = must(this.#known.keys().next().value, "a full cache has a first key");
      this.#known.delete(oldest);
      this.#stored.delete(oldest);
    }
    this.#known.set(key, fetching);
    fetching.then(
      (ref) => this.#stored.set(key, ref),
      () => this.#known.delete(key),
    );
    return fetching;
  }

  async #fetch(key: string): Promise<ChunkRef | undefined> {
    let text: Uint8Array;
    try {
      text = await this.#remote.permission(key);
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith("E_SOURCE")) throw error;
      this.#issue(error);
      return undefined;
    }
    return (await this.#writer()).tree.attribute(text);
  }
}
