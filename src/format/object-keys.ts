/** Folders of the repository whose objects are named by 32 bytes in hex. */
export type IdFolder = "index" | "sessions" | "commits" | "snapshots" | "keys" | "forgets" | "pins";

/** What garbage collection writes for each epoch. */
export type CollectionStep = "condemned" | "rescued" | "final" | "done";

/** A name taken apart. Ids are lower-case hex, 64 characters. */
export type ObjectName =
  | { readonly folder: "repository" }
  | { readonly folder: "packs"; readonly id: string }
  | { readonly folder: IdFolder; readonly id: string }
  | { readonly folder: "gc"; readonly epoch: number; readonly step: CollectionStep }
  | { readonly folder: "log"; readonly sequence: number };

/** The file that makes a place a repository. */
export const REPOSITORY_KEY = "varve.repo";

/** The prefix under which all objects of a folder are listed. */
export function folderPrefix(folder: "packs" | "gc" | "log" | IdFolder): string {
  return `${folder}/`;
}

/** Packs are spread over 256 folders, because file systems and file managers dislike very large ones. */
export function packKey(id: string): string {
  return `packs/${id.slice(0, 2)}/${id}`;
}

/** The key of an index segment. */
export function indexKey(id: string): string {
  return `index/${id}`;
}

/** The key of a session record. */
export function sessionKey(id: string): string {
  return `sessions/${id}`;
}

/** The register of the session with the same id. */
export function commitKey(sessionId: string): string {
  return `commits/${sessionId}`;
}

/** The key of a snapshot's manifest. */
export function snapshotKey(id: string): string {
  return `snapshots/${id}`;
}

/** The key of a key slot. */
export function slotKey(id: string): string {
  return `keys/${id}`;
}

/** The mark that a snapshot is to be forgotten. */
export function forgetKey(snapshotId: string): string {
  return `forgets/${snapshotId}`;
}

/** The mark that a snapshot is in use. */
export function pinKey(id: string): string {
  return `pins/${id}`;
}

/** Numbers have ten digits, so that listings come in order. */
export function collectionKey(epoch: number, step: CollectionStep): string {
  return `gc/${decimal(epoch)}/${step}`;
}

/** The key of an entry of the log. */
export function logKey(sequence: number): string {
  return `log/${decimal(sequence)}`;
}

function decimal(value: number): string {
  return String(value).padStart(10, "0");
}

const ID_KEY = /^(index|sessions|commits|snapshots|keys|forgets|pins)\/([0-9a-f]{64})$/;
const PACK_KEY = /^packs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/;
const COLLECTION_KEY = /^gc\/([0-9]{10})\/(condemned|rescued|final|done)$/;
const LOG_KEY = /^log\/([0-9]{10})$/;

/** Takes a key apart; undefined for everything that is not exactly a name of ours. */
export function parseObjectKey(key: string): ObjectName | undefined {
  if (key === REPOSITORY_KEY) return { folder: "repository" };
  const pack = PACK_KEY.exec(key);
  if (pack !== null) return { folder: "packs", id: pack[2] ?? "" };
  const named = ID_KEY.exec(key);
  if (named !== null) return { folder: named[1] as IdFolder, id: named[2] ?? "" };
  const collection = COLLECTION_KEY.exec(key);
  if (collection !== null) return { folder: "gc", epoch: Number(collection[1]), step: collection[2] as CollectionStep };
  const log = LOG_KEY.exec(key);
  return log === null ? undefined : { folder: "log", sequence: Number(log[1]) };
}
