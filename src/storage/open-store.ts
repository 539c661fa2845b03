import type { Clock } from "../shared/clock.ts";
import type { PatienceDeps } from "../shared/patience.ts";
import { RequestGauge } from "../telemetry/request-gauge.ts";
import { LimitStore } from "./limit/limit-store.ts";
import type { StoreLimits } from "./limit/limit-store.ts";
import type { StoreSpec } from "./location.ts";
import { MeterStore, newStoreMeter } from "./meter/meter-store.ts";
import type { StoreMeter } from "./meter/meter-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { RetryStore } from "./retry/retry-store.ts";

export interface OpenStoreDeps extends PatienceDeps {
  /** Make the folder or container first when it is missing. */
  readonly create?: boolean;
  /** Counts are added here; several stores may share one meter. */
  readonly meter?: StoreMeter;
  readonly limits?: StoreLimits;
}

/**
 * Opens the store of a location: the one place where wrappers are put together. The meter is next to the store and counts what
 * truly happens; the limit paces every attempt; the retry is outermost.
 * A missing folder is E_STORE_CONTAINER at once; a missing container is so at the first call.
 */
export async function openStore(spec: StoreSpec, deps: OpenStoreDeps): Promise<ObjectStore> {
  const { clock, meter = newStoreMeter(), limits } = deps;
  if (deps.create === true) await createContainer(spec, deps);
  const gauge = spec.gauge === undefined ? undefined : new RequestGauge(spec.gauge);
  const metered = new MeterStore(await openBase(spec, deps, meter), meter, gauge);
  const limited = limits === undefined ? metered : new LimitStore(metered, limits, clock);
  return new RetryStore(limited, { ...deps, onRetry: () => (meter.retries += 1) });
}

/** Makes the folder or blob container of the location when it is missing; succeeds when it is there. */
export async function createContainer(spec: StoreSpec, deps: { readonly clock: Clock }): Promise<void> {
  if (spec.kind === "local") {
    const { createFolder } = await import("./local/create-folder.ts");
    return await createFolder(spec.path);
  }
  const { createBlobContainer } = await import("./azure-blob/azure-blob-store.ts");
  return await createBlobContainer(spec, deps);
}

async function openBase(spec: StoreSpec, { clock, random }: OpenStoreDeps, meter: StoreMeter): Promise<ObjectStore> {
  if (spec.kind === "local") {
    const { openLocalStore } = await import("./local/local-store.ts");
    return await openLocalStore(spec.path, { clock, random });
  }
  const { openAzureBlobStore } = await import("./azure-blob/azure-blob-store.ts");
  return openAzureBlobStore(spec, { clock, onRequest: () => (meter.requests += 1) });
}
