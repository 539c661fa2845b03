import { type AppError, isAppError } from "../shared/errors.ts";

/** Told of each of many objects that cannot be read; the others are used all the same. */
export type OnDamage = (key: string, error: AppError) => void;

/**
 * Reads one of many objects; damage is told and gives undefined, so that one bad object does not hide all the others.
 * A store that does not answer still throws.
 */
export async function unlessDamaged<T>(
  object: { readonly key: string; readonly read: () => Promise<T> },
  onDamage: OnDamage,
): Promise<T | undefined> {
  try {
    return await object.read();
  } catch (error) {
    if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND", "E_REPO_VERSION")) throw error;
    onDamage(object.key, error);
    return undefined;
  }
}
