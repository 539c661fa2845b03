import type { ContainerClient, RequestPolicyFactory, StoragePipelineOptions } from "@azure/storage-blob";
import type { AzureBlobSpec } from "./azure-spec.ts";

/**
 * A client of the official SDK for the container. The SDK loads here and not before: it takes 0.2 s and 40 MB, which repositories in
 * folders never pay, and `@azure/identity` 0.25 s more, which keys and SAS never pay.
 */
export async function connectContainer(spec: AzureBlobSpec, onRequest: () => void): Promise<ContainerClient> {
  const sdk = await import("@azure/storage-blob");
  const url = `${spec.serviceUrl}/${spec.container}`;
  // One attempt: the retry wrapper is the only place that repeats. It counts, honours the clock, and knows what a lost answer to a
  // create means; two layers of retries would multiply.
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 }, userAgentOptions: { userAgentPrefix: "varve" } };
  const { credential } = spec;
  const pipeline =
    credential.kind === "key"
      ? sdk.newPipeline(new sdk.StorageSharedKeyCredential(spec.account, credential.key), options)
      : credential.kind === "default"
        ? sdk.newPipeline(new (await import("@azure/identity")).DefaultAzureCredential(), options)
        : sdk.newPipeline(new sdk.AnonymousCredential(), options);
  pipeline.factories.push(requestCounter(onRequest));
  return new sdk.ContainerClient(credential.kind === "sas" ? `${url}?${credential.sas}` : url, pipeline);
}

function requestCounter(onRequest: () => void): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest: (request) => {
        onRequest();
        return next.sendRequest(request);
      },
    }),
  };
}
