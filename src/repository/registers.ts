import { openObject, sealObject } from "../crypto/sealed-stream.ts";
import { commitKey, folderPrefix, parseObjectKey } from "../format/object-keys.ts";
import { type CommitRecord, decodeCommit, encodeCommit } from "../format/records.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { equalBytes } from "../shared/bytes.ts";
import { pooledMap } from "../shared/pool.ts";
import { type RepositoryContext, SMALL_READS_MAX } from "./context.ts";
import { type OnDamage, unlessDamaged } from "./unless-damaged.ts";

/** A decided register and the session (hex) it decides. */
export interface Decision {
  readonly session: string;
  readonly register: CommitRecord;
}

/** All decided registers. A listing that fails half way throws: fewer registers than there are would hide snapshots. */
export async function* readRegisters(context: RepositoryContext, onDamage: OnDamage): AsyncGenerator<Decision> {
  const found = pooledMap(context.store.list(folderPrefix("commits")), SMALL_READS_MAX, async ({ key }) => {
    const name = parseObjectKey(key);
    if (name?.folder !== "commits") return undefined;
    const read = async (): Promise<Decision> => ({
      session: name.id,
      register: decodeCommit(openObject(OBJECT_KIND.commit, await context.cached.read(key), { ...context, storedAs: key })),
    });
    return await unlessDamaged({ key, read }, onDamage);
  });
  for await (const decision of found) if (decision !== undefined) yield decision;
}

/**
 * Decides a session, once and for ever: the first creator's value stands. Returns the value that stands.
 * Repeating the call, or losing its answer, changes nothing: the nonce tells whose value it is.
 */
export async function decide(
  context: RepositoryContext,
  session: string,
  register: CommitRecord,
): Promise<{ readonly mine: boolean; readonly stands: CommitRecord }> {
  const key = commitKey(session);
  const outcome = await context.store.create(key, sealObject(OBJECT_KIND.commit, encodeCommit(register), { ...context, storedAs: key }));
  if (outcome === "created") return { mine: true, stands: register };
  const stands = decodeCommit(openObject(OBJECT_KIND.commit, await context.store.read(key), { ...context, storedAs: key }));
  return { mine: equalBytes(stands.nonce, register.nonce), stands };
}
