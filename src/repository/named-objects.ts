import { openObject } from "../crypto/sealed-stream.ts";
import { corrupt } from "../format/corrupt.ts";
import type { OBJECT_KIND } from "../format/sealed-object.ts";
import { objectId, type RepositoryContext } from "./context.ts";

/** Kinds of whole objects whose key is the hash of their bytes. */
export type NamedKind = typeof OBJECT_KIND.index | typeof OBJECT_KIND.snapshot;

/**
 * The payload of an object whose key ends in the hash of its bytes. Nothing else ties such an object to its place: a sound copy of
 * another one stored under its name is E_CORRUPT.
 */
export async function readNamedObject(context: RepositoryContext, kind: NamedKind, key: string): Promise<Uint8Array> {
  const sealed = await context.cached.read(key);
  const payload = openObject(kind, sealed, context);
  if (!key.endsWith(`/${objectId(context, [sealed])}`)) throw corrupt(`object ${key}`, "it is another object than its name says");
  return payload;
}
