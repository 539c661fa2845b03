import { Readable } from "node:stream";
import type {
  BlobDownloadResponseParsed,
  ContainerClient,
  HttpOperationResponse,
  RequestPolicyFactory,
  StoragePipelineOptions,
  WebResource,
} from "@azure/storage-blob";
import { UnusualAnswer } from "./reading-connection.ts";
import { ReadingConnections } from "./reading-connections.ts";
import { ReceivedBodies } from "../../shared/received-bodies.ts";
import type { Receiving } from "../../shared/received-bodies.ts";
import type { Clock } from "../../shared/clock.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";

/** What is wanted of a blob: all of it unless told, of this version only. */
export interface WantedContent {
  readonly offset?: number;
  readonly length?: number;
  readonly version?: string | undefined;
}

/** A blob's properties, and its content: undefined when the connection broke off in the middle. */
export interface DownloadedBlob {
  readonly answer: BlobDownloadResponseParsed;
  readonly bytes: Uint8Array | undefined;
}

export interface ConnectDeps {
  readonly clock: Clock;
  /** Told before each HTTP request. */
  readonly onRequest?: () => void;
}

/** A container, ready for requests. */
export interface ConnectedContainer {
  readonly client: ContainerClient;
  /** Takes one request for the blob of that name, without retries. Throws what the SDK throws. */
  readonly download: (name: string, wanted: WantedContent, how: Receiving & { readonly signal: AbortSignal }) => Promise<DownloadedBlob>;
}

/**
 * A client of the official SDK for the container. The SDK loads here and not before: it takes 0.2 s and 40 MB, which repositories in
 * folders never pay, and `@azure/identity` 0.25 s more, which keys and SAS never pay.
 */
export async function connectContainer(
  spec: AzureBlobSpec,
  { clock, onRequest = () => undefined }: ConnectDeps,
): Promise<ConnectedContainer> {
  const sdk = await import("@azure/storage-blob");
  const url = `${spec.serviceUrl}/${spec.container}`;
  // One attempt: the retry wrapper is the only place that repeats. It counts, honours the clock, and knows what a lost answer to a
  // create means; two layers of retries would multiply.
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 }, userAgentOptions: { userAgentPrefix: "varve" } };
  const { credential } = spec;
  const proof =
    credential.kind === "key"
      ? new sdk.StorageSharedKeyCredential(spec.account, credential.key)
      : credential.kind === "default"
        ? new (await import("@azure/identity")).DefaultAzureCredential()
        : new sdk.AnonymousCredential();
  const address = credential.kind === "sas" ? `${url}?${credential.sas}` : url;
  const bodies = new ReceivedBodies();
  const pipeline = sdk.newPipeline(proof, options);
  pipeline.factories.push(passage(bodies, onRequest));
  const client = new sdk.ContainerClient(address, pipeline);
  const httpClient = readingClient(new ReadingConnections(clock), bodies, onRequest);
  const reading = new sdk.ContainerClient(address, sdk.newPipeline(proof, { ...options, httpClient }));
  return {
    client,
    download: async (name, { offset = 0, length, version }, { signal, ...how }) => {
      const conditions = version === undefined ? {} : { conditions: { ifMatch: version } };
      const through = (container: ContainerClient): Promise<DownloadedBlob> =>
        bodies.receive(signal, how, () =>
          container.getBlockBlobClient(name).download(offset, length, { abortSignal: signal, maxRetryRequests: 0, ...conditions }),
        );
      try {
        return await through(reading);
      } catch (error) {
        if (error instanceof UnusualAnswer) return await through(client);
        throw error;
      }
    },
  };
}

/** Sends downloads past Node's HTTP client. What it has no answer for is thrown as `UnusualAnswer` and goes through the SDK's own client. */
function readingClient(
  connections: ReadingConnections,
  bodies: ReceivedBodies,
  onRequest: () => void,
): NonNullable<StoragePipelineOptions["httpClient"]> {
  return {
    sendRequest: async (request: WebResource): Promise<HttpOperationResponse> => {
      const signal = request.abortSignal;
      const how = signal && bodies.awaited(signal);
      // Proxies have agents of their own.
      if (how === undefined || !(signal instanceof AbortSignal) || request.agent !== undefined) throw new UnusualAnswer("not sent");
      onRequest();
      const fields = request.headers.headersArray().map(({ name, value }) => [name, value] as const);
      const { head, bytes } = await connections.get({ url: request.url, headers: fields }, how, signal);
      const headers = request.headers.clone();
      for (const name of headers.headerNames()) headers.remove(name);
      for (const [name, value] of head.headers) headers.set(name, value);
      const { status } = head;
      if (status >= 300) return { request, status, headers, bodyAsText: Buffer.from(bytes ?? []).toString() };
      bodies.put(signal, bytes);
      // The SDK waits for nothing and nobody reads what it makes of this.
      return { request, status, headers, readableStreamBody: new Readable({ read: () => undefined }) };
    },
  };
}

/** Where other requests leave and their answers come in. */
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
