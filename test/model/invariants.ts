import { ObjectHasher } from "../../src/crypto/chunk-id.ts";
import { openObject } from "../../src/crypto/sealed-stream.ts";
import { decodeIndexSegment } from "../../src/format/index-segment.ts";
import { decodeKeySlot } from "../../src/format/key-slot.ts";
import { commitKey, type ObjectName, packKey, parseObjectKey, sessionKey, snapshotKey } from "../../src/format/object-keys.ts";
import { decodeCommit } from "../../src/format/records.ts";
import { COMMITMENT_BYTES, HEADER_BYTES, OBJECT_KIND, SALT_BYTES } from "../../src/format/sealed-object.ts";
import type { RepositorySecret } from "../../src/repository/key-slots.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { toHex } from "../../src/shared/bytes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import { MemoryStore } from "../../src/storage/memory/memory-store.ts";
import { openIn } from "../support/memory-repository.ts";
import { readBack, sameFlat } from "../support/thin-backup.ts";
import type { History } from "./history.ts";
import type { WatchedObjects } from "./watched-objects.ts";

/** Where the salt lies in the header of a sealed object: before the key commitment, which ends it. */
const SALT_AT = HEADER_BYTES - COMMITMENT_BYTES - SALT_BYTES;

/** Folders of objects whose name is the hash of their bytes. */
const NAMED_BY_HASH = ["packs", "index", "snapshots"];

/** Folders to which a writer may add. Nothing is ever removed from them by anybody here. */
type SealedName = Extract<ObjectName, { readonly id: string }>;

/**
 * The invariants of `docs/repository-format.md` that hold without prune. Every effect on the store is looked at as it happens;
 * what a committed snapshot holds is read back, by a repository opened afresh on the store as it was at that moment.
 */
export class Invariants {
  readonly #objects: WatchedObjects;
  readonly #history: History;
  readonly #secret: RepositorySecret;
  readonly #hasher: ObjectHasher;
  /** Opened once, for decoding; content is always read through fresh ones. */
  readonly #own: OpenRepository;
  readonly #salts = new Map<string, string>();
  /** Jobs by the snapshot that a register made visible. */
  readonly #committed = new Map<string, string>();
  /** Snapshots that became visible in this step, with the store as it was at that moment. */
  #unread: { readonly id: string; readonly objects: Map<string, Uint8Array> }[] = [];

  private constructor(parts: {
    objects: WatchedObjects;
    history: History;
    secret: RepositorySecret;
    hasher: ObjectHasher;
    own: OpenRepository;
  }) {
    this.#objects = parts.objects;
    this.#history = parts.history;
    this.#secret = parts.secret;
    this.#hasher = parts.hasher;
    this.#own = parts.own;
  }

  /** Watches a repository that was just made. */
  static async watch(objects: WatchedObjects, history: History, secret: RepositorySecret): Promise<Invariants> {
    const own = await openIn(new MemoryStore(objects), { secret });
    const invariants = new Invariants({ objects, history, secret, own, hasher: await ObjectHasher.create() });
    for (const [key, bytes] of objects) invariants.#created(key, bytes, undefined);
    objects.watcher = {
      created: (...effect) => invariants.#created(...effect),
      removed: (key) => history.violate(`I18 ${key} was removed`),
    };
    return invariants;
  }

  /** Snapshots that a register made visible so far. */
  get committed(): ReadonlySet<string> {
    return new Set(this.#committed.keys());
  }

  #created(key: string, bytes: Uint8Array, before: Uint8Array | undefined): void {
    if (before !== undefined) this.#history.violate(`I2 ${key} was written twice`);
    this.#history.secret(key, bytes);
    const name = parseObjectKey(key);
    if (name === undefined) this.#history.violate(`${key} is no name of ours`);
    else if ("id" in name) this.#identified(key, name, bytes);
  }

  #identified(key: string, name: SealedName, bytes: Uint8Array): void {
    this.#unique(key, name.folder === "keys" ? decodeKeySlot(bytes).header.salt : bytes.subarray(SALT_AT, SALT_AT + SALT_BYTES));
    if (NAMED_BY_HASH.includes(name.folder)) {
      this.#hasher.update(bytes);
      if (toHex(this.#hasher.digest()) !== name.id) this.#history.violate(`${key} is not the hash of its bytes`);
    }
    if (name.folder === "index") this.#segment(key, bytes);
    if (name.folder === "commits") this.#register(name.id, bytes);
  }

  /** I16: every object has a key of its own, made from its salt; inside an object frames are numbered. */
  #unique(key: string, salt: Uint8Array): void {
    const text = toHex(salt);
    const other = this.#salts.get(text);
    if (other !== undefined && other !== key) this.#history.violate(`I16 ${key} has the salt of ${other}`);
    this.#salts.set(text, key);
  }

  /** I8: an index entry points to a pack that is there, whole. */
  #segment(key: string, bytes: Uint8Array): void {
    for (const { id, objectLength } of decodeIndexSegment(openObject(OBJECT_KIND.index, bytes, this.#own.context))) {
      const pack = this.#objects.get(packKey(toHex(id)));
      if (pack?.length !== objectLength) this.#history.violate(`I8 ${key} names pack ${toHex(id).slice(0, 8)}, which is not there`);
    }
  }

  #register(session: string, bytes: Uint8Array): void {
    const register = decodeCommit(openObject(OBJECT_KIND.commit, bytes, { ...this.#own.context, storedAs: commitKey(session) }));
    if (!this.#objects.has(sessionKey(session))) this.#history.violate(`session ${session.slice(0, 8)} was decided and never announced`);
    if (register.state !== "committed") return;
    if (!this.#objects.has(snapshotKey(register.snapshot)))
      this.#history.violate(`I3 session ${session.slice(0, 8)} committed before its manifest was there`);
    this.#unread.push({ id: register.snapshot, objects: new Map(this.#objects) });
  }

  /** After a step: whatever it committed reads back. */
  async afterStep(): Promise<void> {
    const unread = this.#unread;
    this.#unread = [];
    for (const { id, objects } of unread) {
      const job = await this.#readsBack(id, objects);
      if ([...this.#committed.values()].includes(job)) this.#history.violate(`I4 ${job} committed twice`);
      this.#committed.set(id, job);
    }
  }

  /** I1, I9: a snapshot holds what its job saved, byte for byte, in these objects alone. Returns the job. */
  async #readsBack(id: string, objects: Map<string, Uint8Array>): Promise<string> {
    let job = "";
    try {
      const repository = await openIn(new MemoryStore(objects), { secret: this.#secret });
      const snapshot = await repository.findSnapshot(id);
      job = snapshot.manifest.tags[0] ?? "";
      const expected = this.#history.trees.get(job);
      if (expected === undefined || !sameFlat(await readBack(repository, snapshot), expected))
        this.#history.violate(`I1 snapshot ${id.slice(0, 8)} is not what ${job} saved`);
    } catch (error) {
      this.#history.violate(
        `I1 snapshot ${id.slice(0, 8)} does not read back: ${isAppError(error) ? `${error.what}: ${error.why}` : String(error)}`,
      );
    }
    return job;
  }

  /** When everybody is done: what a fresh reader sees is exactly what was committed, and nothing that was acknowledged is missing. */
  async afterRun(): Promise<void> {
    await this.afterStep();
    const repository = await openIn(new MemoryStore(this.#objects), { secret: this.#secret });
    const snapshots = await repository.snapshots();
    for (const key of repository.damage.keys()) this.#history.violate(`I3 ${key} is damaged`);
    const visible = new Set(snapshots.map(({ id }) => id));
    for (const id of this.#committed.keys()) if (!visible.has(id)) this.#history.violate(`I3 committed ${id.slice(0, 8)} is not visible`);
    for (const id of visible)
      if (!this.#committed.has(id)) this.#history.violate(`I3 ${id.slice(0, 8)} is visible and was never committed`);
    for (const id of this.#history.acknowledged)
      if (!visible.has(id)) this.#history.violate(`I11 acknowledged ${id.slice(0, 8)} is not visible`);
    for (const id of visible) await this.#readsBack(id, this.#objects);
  }
}
