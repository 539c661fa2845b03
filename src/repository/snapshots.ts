import { decodeManifest } from "../format/manifest.ts";
import { folderPrefix, parseObjectKey, snapshotKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { pooledMap } from "../shared/pool.ts";
import { type RepositoryContext, SMALL_READS_MAX } from "./context.ts";
import type { Snapshot } from "./face.ts";
import { readNamedObject } from "./named-objects.ts";
import { type Decision, readRegisters } from "./registers.ts";
import { type OnDamage, unlessDamaged } from "./unless-damaged.ts";

export interface SnapshotFilter {
  readonly host?: string;
  readonly tag?: string;
  readonly path?: string;
}

/** All visible snapshots, oldest first: those whose register says committed and that nobody forgot. */
export async function readSnapshots(context: RepositoryContext, onDamage: OnDamage): Promise<readonly Snapshot[]> {
  const forgotten = new Set<string>();
  for await (const { key } of context.store.list(folderPrefix("forgets"))) {
    const name = parseObjectKey(key);
    if (name?.folder === "forgets") forgotten.add(name.id);
  }
  const committed: Decision[] = [];
  for await (const decision of readRegisters(context, onDamage)) {
    if (decision.register.state === "committed" && !forgotten.has(decision.register.snapshot)) committed.push(decision);
  }
  const snapshots: Snapshot[] = [];
  const found = pooledMap(committed, SMALL_READS_MAX, (decision) => unlessDamaged(snapshotOf(context, decision), onDamage));
  for await (const snapshot of found) if (snapshot !== undefined) snapshots.push(snapshot);
  return snapshots.sort((a, b) => compare(a.manifest.startedNs, b.manifest.startedNs) || compare(a.id, b.id));
}

function snapshotOf(context: RepositoryContext, { session, register }: Decision): { key: string; read: () => Promise<Snapshot> } {
  const id = register.state === "committed" ? register.snapshot : "";
  const key = snapshotKey(id);
  return { key, read: async () => ({ id, session, manifest: decodeManifest(await readNamedObject(context, OBJECT_KIND.snapshot, key)) }) };
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Those that match all given parts of the filter. */
export function filterSnapshots(snapshots: readonly Snapshot[], filter: SnapshotFilter): readonly Snapshot[] {
  return snapshots.filter(
    ({ manifest }) =>
      (filter.host === undefined || manifest.host === filter.host) &&
      (filter.tag === undefined || manifest.tags.includes(filter.tag)) &&
      (filter.path === undefined || manifest.sources.some((source) => displayBytes(source.path) === filter.path)),
  );
}

/** Shortest id prefix that may name a snapshot. */
const PREFIX_CHARACTERS_MIN = 4;

/** The snapshot that `text` names: an id, a unique prefix of one, `latest` or `latest~N`. E_NOT_FOUND, or E_USAGE when ambiguous. */
export function pickSnapshot(snapshots: readonly Snapshot[], text: string): Snapshot {
  const word = /^latest(?:~(\d+))?$/.exec(text);
  if (word !== null) {
    const found = snapshots.at(-1 - Number(word[1] ?? 0));
    if (found !== undefined) return found;
    throw new AppError({
      code: "E_NOT_FOUND",
      what: `there is no snapshot ${text}`,
      why:
        snapshots.length === 0
          ? "no snapshot matches"
          : `only ${snapshots.length === 1 ? "1 snapshot matches" : `${snapshots.length} snapshots match`}`,
      hint: "see `varve snapshots`",
    });
  }
  const found = /^[0-9a-f]+$/.test(text) && text.length >= PREFIX_CHARACTERS_MIN ? snapshots.filter(({ id }) => id.startsWith(text)) : [];
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (found.length > 1) {
    throw new AppError({
      code: "E_USAGE",
      what: `"${text}" names ${found.length} snapshots`,
      why: found
        .slice(0, 5)
        .map(({ id }) => id.slice(0, text.length + 4))
        .join(", "),
      hint: "use more characters of the id",
    });
  }
  const why =
    text.length < PREFIX_CHARACTERS_MIN
      ? `an id needs at least its first ${PREFIX_CHARACTERS_MIN} characters`
      : "no visible snapshot has such an id";
  throw new AppError({ code: "E_NOT_FOUND", what: `there is no snapshot "${text}"`, why, hint: "see `varve snapshots`" });
}
