import type { TokenCredential } from "@azure/identity";
import type { ContainerClient, RequestPolicyFactory, StoragePipelineOptions } from "@azure/storage-blob";
import type { Clock } from "../../shared/clock.ts";
import { once } from "../../shared/once.ts";
import { ReceivedBodies } from "../../shared/received-bodies.ts";
import { keyAuthorization, sasAuthorization, tokenAuthorization } from "./authorization.ts";
import type { Authorization } from "./authorization.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";
import type { BlobCalls } from "./blob-calls.ts";
import { HttpConnections } from "./http-connections.ts";
import { OwnCalls } from "./own-calls.ts";
import { PreferredCalls } from "./preferred-calls.ts";
import { SdkCalls } from "./sdk-calls.ts";

/** What tokens for all storage accounts are for. */
const TOKEN_SCOPE = "https://storage.azure.com/.default";

export interface ConnectDeps {
  readonly clock: Clock;
  /** Told before each HTTP request. */
  readonly onRequest?: () => void;
}

/** A container, ready for requests. */
export interface ConnectedContainer {
  /** For what is asked seldom. Throws what the SDK throws when there is no identity. */
  readonly client: () => Promise<ContainerClient>;
  /** For what is asked for each blob. */
  readonly calls: BlobCalls;
}

/**
 * Ways to a container; makes no request yet. The SDK loads when it is used and not before: it takes 0.2 s and 40 MB, and
 * `@azure/identity` 0.25 s more, which keys and SAS never pay.
 */
export function connectContainer(spec: AzureBlobSpec, { clock, onRequest = () => undefined }: ConnectDeps): ConnectedContainer {
  const identity = once(async (): Promise<TokenCredential> => new (await import("@azure/identity")).DefaultAzureCredential());
  const container = new URL(`${spec.serviceUrl}/${spec.container}`);
  const bodies = new ReceivedBodies();
  const client = once(async () => await sdkClient(spec, { container, identity, passage: passage(bodies, onRequest) }));
  const sdkCalls = once(async (): Promise<BlobCalls> => new SdkCalls(await client(), bodies));
  // The SDK knows which hosts a proxy is for, and says why it sends no token in clear.
  if (spec.proxied === true || (spec.credential.kind === "default" && container.protocol !== "https:"))
    return { client, calls: new PreferredCalls(undefined, sdkCalls) };
  const authorization = authorizationOf(spec, identity);
  const own = new OwnCalls({ container, authorization, connections: new HttpConnections(clock), clock, onRequest });
  return { client, calls: new PreferredCalls(own, sdkCalls) };
}

interface SdkDeps {
  readonly container: URL;
  readonly identity: () => Promise<TokenCredential>;
  readonly passage: RequestPolicyFactory;
}

async function sdkClient(spec: AzureBlobSpec, { container, identity, passage }: SdkDeps): Promise<ContainerClient> {
  const sdk = await import("@azure/storage-blob");
  // One attempt: the retry wrapper is the only place that repeats. It counts, honours the clock, and knows what a lost answer to a
  // create means; two layers of retries would multiply.
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 }, userAgentOptions: { userAgentPrefix: "varve" } };
  const { credential } = spec;
  const proof =
    credential.kind === "key"
      ? new sdk.StorageSharedKeyCredential(spec.account, credential.key)
      : credential.kind === "default"
        ? await identity()
        : new sdk.AnonymousCredential();
  const pipeline = sdk.newPipeline(proof, options);
  pipeline.factories.push(passage);
  return new sdk.ContainerClient(credential.kind === "sas" ? `${container.href}?${credential.sas}` : container.href, pipeline);
}

function authorizationOf({ account, credential }: AzureBlobSpec, identity: () => Promise<TokenCredential>): Authorization {
  if (credential.kind === "key") return keyAuthorization(account, credential.key);
  if (credential.kind === "sas") return sasAuthorization(credential.sas);
  const provider = once(async () => (await import("@azure/identity")).getBearerTokenProvider(await identity(), TOKEN_SCOPE));
  return tokenAuthorization(async () => await (await provider())());
}

/** Where the SDK's requests leave and their answers come in. */
function passage(bodies: ReceivedBodies, onRequest: () => void): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest: async (request) => {
        onRequest();
        const answer = await next.sendRequest(request);
        bodies.take(request.abortSignal, answer);
        return answer;
      },
    }),
  };
}
