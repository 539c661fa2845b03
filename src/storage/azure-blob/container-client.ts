import type { ContainerClient, RequestPolicyFactory, StoragePipelineOptions } from "@azure/storage-blob";
import { ReceivedBodies } from "../../shared/received-bodies.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";
import { ReceivingAgents } from "./receiving-agents.ts";

/** A container, ready for requests. */
export interface ConnectedContainer {
  readonly client: ContainerClient;
  /** Receives what the client downloads. */
  readonly bodies: ReceivedBodies;
}

/**
 * A client of the official SDK for the container. The SDK loads here and not before: it takes 0.2 s and 40 MB, which repositories in
 * folders never pay, and `@azure/identity` 0.25 s more, which keys and SAS never pay.
 */
export async function connectContainer(spec: AzureBlobSpec, onRequest: () => void): Promise<ConnectedContainer> {
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
  const bodies = new ReceivedBodies();
  pipeline.factories.push(passage(bodies, onRequest));
  return { client: new sdk.ContainerClient(credential.kind === "sas" ? `${url}?${credential.sas}` : url, pipeline), bodies };
}

/** Where requests leave and answers come in. */
function passage(bodies: ReceivedBodies, onRequest: () => void): RequestPolicyFactory {
  const agents = new ReceivingAgents();
  return {
    create: (next) => ({
      sendRequest: async (request) => {
        onRequest();
        // Who has to go through a proxy has the agent for it already.
        request.agent ??= agents.of(request.url);
        const answer = await next.sendRequest(request);
        bodies.take(request.abortSignal, answer);
        return answer;
      },
    }),
  };
}
