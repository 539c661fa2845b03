import { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import { deriveKeys } from "../crypto/keys.ts";
import { openRepositoryFile } from "../crypto/repository-mac.ts";
import { type KdfParameters, SLOT_KIND } from "../format/key-slot.ts";
import { REPOSITORY_KEY } from "../format/object-keys.ts";
import { decodeRepositoryFile } from "../format/repository-file.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { describeLocation, type StoreSpec } from "../storage/location.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { openStore } from "../storage/open-store.ts";
import type { RepositoryContext } from "./context.ts";
import { withLocalCache } from "./local-cache.ts";
import { SlotAdmin } from "./key-admin.ts";
import { openAnySlot, readSlots, type RepositorySecret } from "./key-slots.ts";
import { OpenRepository } from "./repository.ts";

export interface OpenOptions {
  readonly spec: StoreSpec;
  readonly secret: RepositorySecret;
  readonly clock: Clock;
  readonly random: Random;
  /** Folder for copies of small objects of a store that is far away; undefined to read everything from the store. */
  readonly cacheDirectory: string | undefined;
  /** Costs of key slots below the floor that are accepted, for tests. */
  readonly kdfFloor?: KdfParameters;
  /** Told now and then while calls wait for the store. */
  readonly onWait?: (remark: string) => void;
}

/** Opens a repository. @throws AppError E_REPO_NOT_FOUND, E_REPO_VERSION, E_PASSWORD, E_PASSWORD_MISSING, E_CORRUPT */
export async function openRepository(options: OpenOptions): Promise<OpenRepository> {
  const { spec, clock, random, onWait } = options;
  const store = await openStore(spec, { clock, random, isFirst: true, ...(onWait && { onWait }) }).catch((error: unknown) => {
    throw isAppError(error, "E_STORE_CONTAINER") ? notFound(spec, error) : error;
  });
  try {
    return await openRepositoryIn(store, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens a repository in a store that is open already; the repository owns the store from then on. */
export async function openRepositoryIn(store: ObjectStore, options: OpenOptions): Promise<OpenRepository> {
  const { spec, secret, cacheDirectory, clock, random, kdfFloor } = options;
  const bytes = await store.read(REPOSITORY_KEY).catch((error: unknown) => {
    throw isAppError(error, "E_OBJECT_NOT_FOUND", "E_STORE_CONTAINER") ? notFound(spec, error) : error;
  });
  const { repositoryId } = decodeRepositoryFile(bytes).config;
  const opened = await openAnySlot(await readSlots(store), secret, { repositoryId, ...(kdfFloor && { kdfFloor }) });
  const keys = deriveKeys(opened.rootKey, repositoryId);
  const config = openRepositoryFile(bytes, keys);
  const cached = await withLocalCache(store, { spec, directory: cacheDirectory, repositoryId, clock, random });
  const context: RepositoryContext = { store, cached, keys, repositoryId, objectHasher: await ObjectHasher.create(), clock, random };
  return new OpenRepository({
    context,
    hasher: await ChunkHasher.create(keys.idKey),
    spec,
    keys: new SlotAdmin(context, { ...opened, kdf: kdfFloor }),
    encrypted: opened.kind !== SLOT_KIND.plain,
    config,
  });
}

function notFound(spec: StoreSpec, cause: unknown): AppError {
  const place = describeLocation(spec);
  return new AppError({
    code: "E_REPO_NOT_FOUND",
    what: `there is no repository at ${place}`,
    why: isAppError(cause) ? cause.what : "varve.repo is missing there",
    hint: `check the place, or make a repository: varve init ${place}`,
    cause,
  });
}
