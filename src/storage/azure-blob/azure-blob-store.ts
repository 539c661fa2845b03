import type { BlockBlobClient } from "@azure/storage-blob";
import type { Clock } from "../../shared/clock.ts";
import { totalLength } from "../../shared/bytes.ts";
import { assertListPrefix, assertObjectKey, isObjectKey } from "../object-key.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, StoreCapabilities } from "../object-store.ts";
import { objectNotFound, objectTooLarge, rangeBeyondEnd } from "../store-errors.ts";
import { azureCall } from "./azure-call.ts";
import type { AzureCallScene, AzureCallWorld } from "./azure-call.ts";
import { azureAnswer } from "../../shared/azure-answer.ts";
import { azureError, isBlobMissing } from "./azure-errors.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";
import type { CallWatch } from "./blob-calls.ts";
import { bodyOf } from "./body.ts";
import { connectContainer } from "./container-client.ts";
import type { ConnectedContainer } from "./container-client.ts";
import { guardStall } from "../../shared/stall-guard.ts";
import type { StallWatch } from "../../shared/stall-guard.ts";

export interface AzureBlobDeps {
  readonly clock: Clock;
  /** Told before each HTTP request. */
  readonly onRequest?: () => void;
  readonly bounds?: Partial<AzureBlobBounds>;
}

export interface AzureBlobBounds {
  /** A call on which no byte moves for this long is given up. */
  readonly silentMsMax: number;
  /** Objects a listing request asks for. */
  readonly pageObjectsMax: number;
}

/** Three minutes: far longer than the service takes for anything. 5,000: the largest page it gives. */
const DEFAULT_BOUNDS: AzureBlobBounds = { silentMsMax: 180_000, pageObjectsMax: 5000 };

/** What one Put Blob takes: 5,000 MiB. */
const OBJECT_BYTES_MAX = 5000 * 2 ** 20;

/** Puts of 32 MiB in flight that fill a fast line and still make progress on a slow one. */
const CONCURRENCY = 16;

/** Answers to a create under `If-None-Match: *` that mean "taken": by the condition, or because the SAS may create and not overwrite. */
const TAKEN: readonly string[] = ["BlobAlreadyExists", "ConditionNotMet", "UnauthorizedBlobOverwrite"];

/** Opens a blob container as an object store; makes no request yet. */
export function openAzureBlobStore(spec: AzureBlobSpec, deps: AzureBlobDeps): ObjectStore {
  return new AzureBlobStore(spec, connectContainer(spec, deps), deps);
}

/** Makes the container when it is missing. With a SAS that may not, it is taken for existing; the first write tells. */
export async function createBlobContainer(spec: AzureBlobSpec, deps: AzureBlobDeps): Promise<void> {
  const { client } = connectContainer(spec, deps);
  try {
    const container = await client();
    await guardStall(deps.clock, { ...DEFAULT_BOUNDS, ...deps.bounds }, ({ signal }) => container.create({ abortSignal: signal }));
  } catch (error) {
    const { status, code } = azureAnswer(error);
    if (code === "ContainerAlreadyExists" || (status === 403 && spec.credential.kind === "sas")) return;
    throw azureError(error, { doing: "create the container", description: descriptionOf(spec), credential: spec.credential.kind });
  }
}

/** The container in words. */
export function descriptionOf(spec: AzureBlobSpec): string {
  return `container ${spec.container} of account ${spec.account}`;
}

/**
 * Objects as block blobs, each one Put Blob. Bytes carry no checksum of their own on the way: TLS guards the line, and every object
 * of a repository is named or sealed by a hash that readers check.
 */
class AzureBlobStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #spec: AzureBlobSpec;
  readonly #client: ConnectedContainer["client"];
  readonly #calls: ConnectedContainer["calls"];
  readonly #bounds: AzureBlobBounds;
  readonly #world: AzureCallWorld;

  constructor(spec: AzureBlobSpec, { client, calls }: ConnectedContainer, deps: AzureBlobDeps) {
    this.#spec = spec;
    this.#client = client;
    this.#calls = calls;
    this.#bounds = { ...DEFAULT_BOUNDS, ...deps.bounds };
    const { silentMsMax } = this.#bounds;
    this.#world = {
      clock: deps.clock,
      silentMsMax,
      description: descriptionOf(spec),
      credential: spec.credential.kind,
      missing: objectNotFound,
    };
    this.capabilities = {
      description: descriptionOf(spec),
      concurrency: CONCURRENCY,
      objectBytesMax: OBJECT_BYTES_MAX,
      cheapRanges: false,
    };
  }

  async create(key: string, parts: readonly Uint8Array[], options: CallOptions = {}): Promise<CreateOutcome> {
    assertObjectKey(key);
    const size = totalLength(parts);
    if (size > OBJECT_BYTES_MAX) throw objectTooLarge(key, size, OBJECT_BYTES_MAX);
    return await this.#call({ doing: `create object ${key}`, key, ...options }, async (watch) => {
      try {
        const blob = await this.#blob(key);
        await blob.upload(() => bodyOf(parts, watch.moved), size, {
          conditions: { ifNoneMatch: "*" },
          abortSignal: watch.signal,
        });
        return "created";
      } catch (error) {
        if (this.#isTaken(azureAnswer(error).code)) return "exists";
        throw error;
      }
    });
  }

  async read(key: string, range?: ByteRange, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectKey(key);
    if (range?.length === 0) return await this.#readNothing(key, range, options);
    return await this.#call({ doing: `read object ${key}`, key, ...options }, async (watch) => {
      try {
        const read = await this.#calls.read(this.#spec.prefix + key, range === undefined ? {} : { range }, watch);
        if (range !== undefined && read.bytes.length !== range.length) throw rangeBeyondEnd(key, range);
        return read.bytes;
      } catch (error) {
        if (range !== undefined && azureAnswer(error).status === 416) throw rangeBeyondEnd(key, range);
        throw error;
      }
    });
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectInfo | undefined> {
    assertObjectKey(key);
    return await this.#call({ doing: `look at object ${key}`, key, ...options }, async ({ signal }) => {
      try {
        const blob = await this.#blob(key);
        const { contentLength = 0 } = await blob.getProperties({ abortSignal: signal });
        return { key, size: contentLength };
      } catch (error) {
        if (isBlobMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, options: CallOptions = {}): AsyncGenerator<ObjectInfo> {
    assertListPrefix(prefix);
    let next: string | undefined;
    do {
      const page = await this.#call({ doing: `list ${prefix === "" ? "objects" : prefix}`, ...options }, (watch) =>
        this.#page(prefix, next, watch),
      );
      next = page.next;
      for (const info of page.objects) {
        options.signal?.throwIfAborted();
        yield info;
      }
    } while (next !== undefined);
  }

  async remove(key: string, options: CallOptions = {}): Promise<void> {
    assertObjectKey(key);
    await this.#call({ doing: `remove object ${key}`, key, ...options }, async ({ signal }) => {
      try {
        const blob = await this.#blob(key);
        await blob.delete({ abortSignal: signal });
      } catch (error) {
        if (!isBlobMissing(error)) throw error;
      }
    });
  }

  /** Idle connections do not keep the process alive and close by themselves. */
  async close(): Promise<void> {}

  async #blob(key: string): Promise<BlockBlobClient> {
    return (await this.#client()).getBlockBlobClient(this.#spec.prefix + key);
  }

  /** Azurite refuses an overwrite under a create-only SAS with a code that is not Azure's; what the SAS allows tells what it means. */
  #isTaken(code: string): boolean {
    const { credential } = this.#spec;
    return (
      TAKEN.includes(code) || (code === "AuthorizationPermissionMismatch" && credential.kind === "sas" && allowsOnlyCreate(credential.sas))
    );
  }

  async #page(prefix: string, from: string | undefined, watch: CallWatch): Promise<{ objects: ObjectInfo[]; next: string | undefined }> {
    const own = this.#spec.prefix;
    const { blobs, next } = await this.#calls.page({ prefix: own + prefix, from, blobsMax: this.#bounds.pageObjectsMax }, watch);
    const objects: ObjectInfo[] = [];
    for (const { name, size } of blobs) {
      const key = name.slice(own.length);
      // What others put beside the objects is not ours to report.
      if (isObjectKey(key)) objects.push({ key, size });
    }
    return { objects, next };
  }

  /** A range of no bytes cannot be asked of the service, which takes it for "to the end". */
  async #readNothing(key: string, range: ByteRange, options: CallOptions): Promise<Uint8Array> {
    const info = await this.stat(key, options);
    if (info === undefined) throw objectNotFound(key, this.capabilities.description);
    if (range.offset > info.size) throw rangeBeyondEnd(key, range, info.size);
    return new Uint8Array(0);
  }

  #call<T>(scene: AzureCallScene, request: (watch: StallWatch) => Promise<T>): Promise<T> {
    return azureCall(this.#world, scene, request);
  }
}

function allowsOnlyCreate(sas: string): boolean {
  const permissions = new URLSearchParams(sas).get("sp") ?? "";
  return permissions.includes("c") && !permissions.includes("w");
}
