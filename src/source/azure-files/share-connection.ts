import type * as Sdk from "@azure/storage-file-share";
import { assert } from "../../shared/assert.ts";
import type { PatienceDeps } from "../../shared/patience.ts";
import { guardStall } from "../../shared/stall-guard.ts";
import { type RawAnswer, RawAnswers } from "./raw-answers.ts";
import { type PaceBounds, RequestPacer } from "./request-pacer.ts";
import { shareError, type ShareScene } from "./share-errors.ts";
import type { ShareSpec } from "./share-spec.ts";

export interface ConnectionDeps extends PatienceDeps {
  readonly pace?: Partial<PaceBounds>;
  /** A call on which no byte moves for this long is given up. */
  readonly silentMsMax?: number;
  /** Told before each HTTP request. */
  readonly onRequest?: () => void;
}

/** Three minutes: far longer than the service takes for anything. */
const SILENT_MS_MAX = 180_000;

/** What one attempt of a call gets. */
export interface Attempt {
  /** Of this attempt alone; to be passed to the SDK. */
  readonly signal: AbortSignal;
  /** Bytes moved: the call is alive. */
  readonly moved: () => void;
  /** The answer as it came. */
  readonly raw: () => RawAnswer | undefined;
}

/** What a call is, for its errors, and how it is stopped. */
export type CallScene = Omit<ShareScene, "spec"> & { readonly signal?: AbortSignal | undefined };

/**
 * A connection to one share through the official SDK: every request goes through `call`, which paces, repeats and explains it.
 * The SDK loads when the connection is made and not before: it takes 0.2 s and 40 MB.
 */
export class ShareConnection {
  readonly spec: ShareSpec;
  /** Requests and their pace. */
  readonly pacer: RequestPacer;
  readonly #sdk: typeof Sdk;
  readonly #pipeline: Sdk.Pipeline;
  readonly #answers: RawAnswers;
  readonly #deps: ConnectionDeps;

  private constructor(
    spec: ShareSpec,
    parts: { readonly sdk: typeof Sdk; readonly pipeline: Sdk.Pipeline; readonly answers: RawAnswers; readonly deps: ConnectionDeps },
  ) {
    this.spec = spec;
    this.#sdk = parts.sdk;
    this.#pipeline = parts.pipeline;
    this.#answers = parts.answers;
    this.#deps = parts.deps;
    const { pace, ...deps } = parts.deps;
    this.pacer = new RequestPacer({ ...deps, ...(pace && { bounds: pace }) });
  }

  /** Makes no request yet. */
  static async open(spec: ShareSpec, deps: ConnectionDeps): Promise<ShareConnection> {
    const sdk = await import("@azure/storage-file-share");
    const answers = new RawAnswers();
    // One attempt: `call` is the only place that repeats. The SDK's own retries know neither 429 nor each other.
    const options: Sdk.StoragePipelineOptions = { retryOptions: { maxTries: 1 }, userAgentOptions: { userAgentPrefix: "varve" } };
    const pipeline = sdk.newPipeline(await credentialOf(sdk, spec), options);
    if (spec.credential.kind === "default") pipeline.factories.push(backupIntent);
    pipeline.factories.push(answers.policy(deps.onRequest ?? (() => undefined)));
    return new ShareConnection(spec, { sdk, pipeline, answers, deps });
  }

  /** The share, at the share snapshot of this name; empty for the share as it is now. */
  share(snapshot: string): Sdk.ShareClient {
    return new this.#sdk.ShareClient(this.#url("", snapshot), this.#pipeline, this.#options());
  }

  service(): Sdk.ShareServiceClient {
    const { serviceUrl, credential } = this.spec;
    const query = credential.kind === "sas" ? `?${credential.sas}` : "";
    return new this.#sdk.ShareServiceClient(`${serviceUrl}${query}`, this.#pipeline, this.#options());
  }

  /** A directory by its path in the share; the root is the empty path. */
  directory(path: string, snapshot: string): Sdk.ShareDirectoryClient {
    return new this.#sdk.ShareDirectoryClient(this.#url(path, snapshot), this.#pipeline, this.#options());
  }

  file(path: string, snapshot: string): Sdk.ShareFileClient {
    return new this.#sdk.ShareFileClient(this.#url(path, snapshot), this.#pipeline, this.#options());
  }

  lease(share: Sdk.ShareClient, leaseId: string): Sdk.ShareLeaseClient {
    return new this.#sdk.ShareLeaseClient(share, leaseId);
  }

  /** Does one call, as often as it takes; errors are `AppError`s. `send` is one attempt of it. */
  async call<T>(scene: CallScene, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { clock, silentMsMax = SILENT_MS_MAX } = this.#deps;
    const { signal } = scene;
    const attempt = async (): Promise<T> => {
      try {
        return await guardStall(clock, { silentMsMax, signal }, async ({ signal: own, moved }) =>
          send({ signal: own, moved, raw: () => this.#answers.of(own) }),
        );
      } catch (error) {
        signal?.throwIfAborted();
        throw shareError(error, { ...scene, spec: this.spec });
      }
    };
    return await this.pacer.run(attempt, signal);
  }

  #url(path: string, snapshot: string): string {
    const { serviceUrl, share, credential } = this.spec;
    const names = path === "" ? [] : path.split("/").map(encodeURIComponent);
    // Addresses resolve such names: nobody may get out of the tree that was named.
    assert(!names.some((name) => name === "" || name === "." || name === ".."), "a path of a share has real names only");
    const query = [
      ...(snapshot === "" ? [] : [`sharesnapshot=${encodeURIComponent(snapshot)}`]),
      ...(credential.kind === "sas" ? [credential.sas] : []),
    ];
    return `${[serviceUrl, share, ...names].join("/")}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  }

  #options(): Sdk.ShareClientOptions {
    return { allowTrailingDot: true, allowSourceTrailingDot: true };
  }
}

/**
 * The service believes an identity only with this header, which says that rights of single files are passed over knowingly. The SDK
 * has an option for it and leaves it out where a request is about a share as a whole.
 */
const backupIntent: Sdk.RequestPolicyFactory = {
  create: (next) => ({
    sendRequest: (request) => {
      request.headers.set("x-ms-file-request-intent", "backup");
      return next.sendRequest(request);
    },
  }),
};

async function credentialOf(sdk: typeof Sdk, { account, credential }: ShareSpec): Promise<Parameters<typeof Sdk.newPipeline>[0]> {
  if (credential.kind === "key") return new sdk.StorageSharedKeyCredential(account, credential.key);
  // `@azure/identity` takes 0.25 s more, which keys and SAS never pay.
  if (credential.kind === "default") return new (await import("@azure/identity")).DefaultAzureCredential();
  return new sdk.AnonymousCredential();
}
