import { sealObject } from "../crypto/sealed-stream.ts";
import type { Manifest } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { encodeManifest } from "../format/manifest.ts";
import { sessionKey, snapshotKey } from "../format/object-keys.ts";
import { encodeSession, WRITER_NONCE_BYTES } from "../format/records.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { assert } from "../shared/assert.ts";
import { toHex } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { objectId, type RepositoryContext } from "./context.ts";
import { condemnedLists, newestEpoch } from "./epochs.ts";
import { writeIndexSegment } from "./index-segments.ts";
import { decide } from "./registers.ts";

/** Each new epoch during the announcement costs one more try; epochs are rare. */
const ANNOUNCE_ATTEMPTS_MAX = 10;

/** Chunks an index segment names at most, so that a long backup's progress is indexed as it goes. */
const SEGMENT_CHUNKS_MAX = 256 * 1024;

const SESSION_ID_BYTES = 32;

/**
 * One writer's claim to add one snapshot. Announced before anything is chosen for deduplication; ends by deciding its register.
 * Nothing needs unlocking when the process dies: an undecided session hides nothing and blocks nobody.
 */
export class Session {
  readonly id: string;
  readonly epoch: number;
  readonly #context: RepositoryContext;
  readonly #nonce: Uint8Array;
  readonly #condemnedLists: number;
  #pending: IndexedPack[] = [];
  #pendingChunks = 0;
  #segments: Promise<unknown> = Promise.resolve();

  private constructor(context: RepositoryContext, facts: { id: string; epoch: number; nonce: Uint8Array; condemnedLists: number }) {
    this.#context = context;
    this.id = facts.id;
    this.epoch = facts.epoch;
    this.#nonce = facts.nonce;
    this.#condemnedLists = facts.condemnedLists;
  }

  /** Announces a session with the newest epoch, and makes sure that the epoch did not move meanwhile. */
  static async announce(context: RepositoryContext, writer: { readonly host: string; readonly program: string }): Promise<Session> {
    for (let attempt = 1; attempt <= ANNOUNCE_ATTEMPTS_MAX; attempt += 1) {
      const epoch = await newestEpoch(context);
      const id = toHex(context.random.bytes(SESSION_ID_BYTES));
      const nonce = context.random.bytes(WRITER_NONCE_BYTES);
      const record = encodeSession({ epoch, startedNs: context.clock.nowNs(), nonce, ...writer });
      const key = sessionKey(id);
      const outcome = await context.store.create(key, sealObject(OBJECT_KIND.session, record, { ...context, storedAs: key }));
      assert(outcome === "created", "session ids are never used twice");
      if ((await newestEpoch(context)) === epoch) {
        return new Session(context, { id, epoch, nonce, condemnedLists: await condemnedLists(context, epoch) });
      }
      // Never leave an announced session open on purpose: prune would wait for it.
      await decide(context, id, { state: "fenced", by: "the session itself", nonce });
    }
    throw new AppError({
      code: "E_STORE_UNAVAILABLE",
      what: "cannot announce the backup to the repository",
      why: `prune published a new list ${ANNOUNCE_ATTEMPTS_MAX} times meanwhile`,
      hint: "run the backup again",
      retryable: true,
    });
  }

  /** Names a durable pack to readers, at the latest when the session commits. */
  addPack(pack: IndexedPack): void {
    this.#pending.push(pack);
    this.#pendingChunks += pack.directory.chunkLengths.length;
    if (this.#pendingChunks >= SEGMENT_CHUNKS_MAX) this.#writeSegment();
  }

  /**
   * Makes the snapshot visible. Order of durability: packs (the caller's), index segments, manifest, register.
   * Returns the snapshot's id (hex). E_FENCED when somebody else closed this session first.
   */
  async commit(manifest: Manifest): Promise<string> {
    this.#writeSegment();
    await this.#segments;
    const parts = sealObject(OBJECT_KIND.snapshot, encodeManifest(manifest), this.#context);
    const snapshot = objectId(this.#context, parts);
    await this.#context.store.create(snapshotKey(snapshot), parts);
    if ((await condemnedLists(this.#context, this.epoch)) !== this.#condemnedLists)
      throw this.#fenced("prune changed a list this backup relies on");
    const { mine, stands } = await decide(this.#context, this.id, { state: "committed", snapshot, nonce: this.#nonce });
    if (stands.state === "fenced") throw this.#fenced("the backup's session was closed before it could commit");
    assert(mine && stands.snapshot === snapshot, "only the writer itself commits its session, and once");
    return snapshot;
  }

  /** Closes the session without a snapshot. Packs that were sent stay, and the next run adopts them. */
  async abandon(): Promise<void> {
    await this.#segments.catch(() => undefined);
    await decide(this.#context, this.id, { state: "fenced", by: "the session itself", nonce: this.#nonce });
  }

  #writeSegment(): void {
    const packs = this.#pending;
    if (packs.length === 0) return;
    this.#pending = [];
    this.#pendingChunks = 0;
    // Kept as one chain: `commit` must see the first failure, and segments are rare.
    this.#segments = this.#segments.then(() => writeIndexSegment(this.#context, packs));
    this.#segments.catch(() => undefined);
  }

  #fenced(why: string): AppError {
    return new AppError({
      code: "E_FENCED",
      what: `session ${this.id.slice(0, 8)} may not commit`,
      why,
      hint: "run the backup again: everything it sent is used again",
      retryable: true,
    });
  }
}
