import { AppError, isAppError } from "../shared/errors.ts";
import type { BlobStore } from "../storage/blob/blob-store.ts";
import { openBlobs } from "../storage/open-blobs.ts";
import type { BlobMeter } from "../storage/meter/meter-blob-store.ts";
import type { GuidContainerRequest, GuidWorld } from "./face.ts";

/** Opens the container of a request. */
export function openContainer(
  request: Pick<GuidContainerRequest, "container">,
  world: Pick<GuidWorld, "clock" | "random" | "gauge" | "reporter">,
  meter: BlobMeter,
): Promise<BlobStore> {
  const { clock, random, gauge, reporter } = world;
  return openBlobs(request.container, {
    clock,
    random,
    meter,
    onWait: (text) => reporter.note(text),
    ...(gauge === undefined ? {} : { gauge }),
  });
}

/** Says of a missing container what this room can do about it. */
export function explainContainer(error: unknown): unknown {
  if (!isAppError(error, "E_STORE_CONTAINER")) return error;
  const { code, what, why, data } = error;
  return new AppError({
    code,
    what,
    why,
    data,
    cause: error,
    hint: "check --container, or make it with varve guid save --create-container",
  });
}
