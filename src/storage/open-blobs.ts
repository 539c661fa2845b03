import type { PatienceDeps } from "../shared/patience.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";
import type { AzureBlobSpec } from "./azure-blob/azure-spec.ts";
import type { BlobStore } from "./blob/blob-store.ts";
import { MeterBlobStore, newBlobMeter } from "./meter/meter-blob-store.ts";
import type { BlobMeter } from "./meter/meter-blob-store.ts";
import { RetryBlobStore } from "./retry/retry-blob-store.ts";

export interface OpenBlobsDeps extends Omit<PatienceDeps, "isFirst"> {
  readonly meter?: BlobMeter;
  readonly gauge?: RequestGauge;
}

/**
 * Opens a container for plain blobs: the one place where the wrappers are put together. The meter is next to the store and counts what
 * truly happens; the retry is outermost. A missing container is E_STORE_CONTAINER at the first call.
 */
export async function openBlobs(spec: AzureBlobSpec, deps: OpenBlobsDeps): Promise<BlobStore> {
  const { clock, meter = newBlobMeter(), gauge } = deps;
  const { openAzureBlobs } = await import("./azure-blob/azure-blobs.ts");
  const store = openAzureBlobs(spec, { clock, onRequest: () => (meter.requests += 1) });
  return new RetryBlobStore(new MeterBlobStore(store, meter, gauge), {
    ...deps,
    isFirst: true,
    onRetry: () => (meter.retries += 1),
  });
}
