import type { BlockBlobClient, ContainerClient, ContainerListBlobFlatSegmentResponse as ListPage } from "@azure/storage-blob";
import { AppError } from "../../shared/errors.ts";
import { assertBlobName } from "../blob/blob-name.ts";
import { blobChanged, blobNotFound, blobRangeBeyondEnd } from "../blob/blob-errors.ts";
import type {
  BlobBlock,
  BlobCapabilities,
  BlobCommit,
  BlobContent,
  BlobPage,
  BlobProperties,
  BlobRead,
  BlobReadOptions,
  BlobStore,
} from "../blob/blob-store.ts";
import type { CallOptions } from "../object-store.ts";
import type { AzureBlobDeps } from "./azure-blob-store.ts";
import { descriptionOf } from "./azure-blob-store.ts";
import { azureCall } from "./azure-call.ts";
import type { AzureCallScene, AzureCallWorld } from "./azure-call.ts";
import { azureAnswer } from "../../shared/azure-answer.ts";

import type { AzureBlobSpec } from "./azure-spec.ts";
import { bodyOf } from "./body.ts";
import { connectContainer } from "./container-client.ts";
import type { ConnectedContainer } from "./container-client.ts";
import type { StallWatch } from "../../shared/stall-guard.ts";

/** What one Put Blob, one Put Block and one block list take. */
const PUT_BYTES_MAX = 5000 * 2 ** 20;
const BLOCK_BYTES_MAX = 4000 * 2 ** 20;
const BLOCKS_MAX = 50_000;

/** The largest page the service gives. */
const PAGE_BLOBS_MAX = 5000;
const SILENT_MS_MAX = 180_000;

/** A body up to this size is one write to the socket; a larger one goes in pieces, so that a stalled line is told from a slow one. */
const WHOLE_BODY_BYTES_MAX = 512 * 1024;

/** Opens a blob container as a store of plain blobs; makes no request yet. */
export async function openAzureBlobs(spec: AzureBlobSpec, deps: AzureBlobDeps): Promise<BlobStore> {
  return new AzureBlobs(spec, await connectContainer(spec, deps), deps);
}

/** Plain blobs, each one Put Blob with its MD5, or blocks and a block list. */
class AzureBlobs implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly #prefix: string;
  readonly #client: ContainerClient;
  readonly #downloadBlob: ConnectedContainer["download"];
  readonly #world: AzureCallWorld;
  readonly #pageBlobsMax: number;

  constructor(spec: AzureBlobSpec, { client, download }: ConnectedContainer, deps: AzureBlobDeps) {
    const description = descriptionOf(spec);
    this.capabilities = { description, putBytesMax: PUT_BYTES_MAX, blockBytesMax: BLOCK_BYTES_MAX, blocksMax: BLOCKS_MAX };
    this.#prefix = spec.prefix;
    this.#client = client;
    this.#downloadBlob = download;
    this.#pageBlobsMax = deps.bounds?.pageObjectsMax ?? PAGE_BLOBS_MAX;
    const silentMsMax = deps.bounds?.silentMsMax ?? SILENT_MS_MAX;
    this.#world = { clock: deps.clock, silentMsMax, description, credential: spec.credential.kind, missing: blobNotFound };
  }

  put(blob: BlobContent, options: CallOptions = {}): Promise<void> {
    const { name, bytes } = blob;
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async (watch) => {
      await this.#blob(name).upload(bytesOf(bytes, watch), bytes.length, { ...propertiesOf(blob), abortSignal: watch.signal });
    });
  }

  putBlock(block: BlobBlock, options: CallOptions = {}): Promise<void> {
    const { name, bytes } = block;
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async (watch) => {
      await this.#blob(name).stageBlock(blockId(block.upload, block.index), bytesOf(bytes, watch), bytes.length, {
        abortSignal: watch.signal,
      });
    });
  }

  commit(blob: BlobCommit, options: CallOptions = {}): Promise<void> {
    const { name, upload, blocks } = blob;
    const ids = Array.from({ length: blocks }, (_, index) => blockId(upload, index));
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async ({ signal }) => {
      await this.#blob(name).commitBlockList(ids, { ...propertiesOf(blob), abortSignal: signal });
    });
  }

  read(name: string, options: BlobReadOptions = {}): Promise<BlobRead> {
    const { signal, range } = options;
    const { description } = this.capabilities;
    return this.#call({ doing: `read blob ${name}`, key: name, ...(signal === undefined ? {} : { signal }) }, async (watch) => {
      try {
        return await this.#download(name, options, watch);
      } catch (error) {
        const { status } = azureAnswer(error);
        if (status === 412) throw blobChanged(name, description);
        if (range !== undefined && status === 416) throw blobRangeBeyondEnd(name, range);
        throw error;
      }
    });
  }

  page(prefix: string, from?: string, options: CallOptions = {}): Promise<BlobPage> {
    return this.#call({ doing: "list blobs", ...options }, async ({ signal }) => {
      const settings = { maxPageSize: this.#pageBlobsMax, ...(from === undefined ? {} : { continuationToken: from }) };
      const pages = this.#client.listBlobsFlat({ prefix: this.#prefix + prefix, abortSignal: signal }).byPage(settings);
      const result = await pages.next();
      if (result.done === true) return { blobs: [], next: undefined };
      const { segment, continuationToken }: ListPage = result.value;
      const blobs = segment.blobItems.map(({ name, properties }) => ({
        name: name.slice(this.#prefix.length),
        size: properties.contentLength ?? 0,
        md5: properties.contentMD5,
      }));
      return { blobs, next: continuationToken === "" ? undefined : continuationToken };
    });
  }

  /** Idle connections do not keep the process alive and close by themselves. */
  async close(): Promise<void> {}

  async #download(name: string, { range, version, into, arrived }: BlobReadOptions, watch: StallWatch): Promise<BlobRead> {
    const { signal, moved } = watch;
    assertBlobName(name);
    const { answer, bytes } = await this.#downloadBlob(this.#prefix + name, { ...range, version }, { into, arrived, moved, signal });
    if (bytes === undefined) throw brokenOff(name, this.capabilities.description);
    if (range !== undefined && bytes.length !== range.length) throw blobRangeBeyondEnd(name, range);
    // The plain header is the range's when a range was asked for; the other one is the blob's.
    const md5 = range === undefined ? answer.contentMD5 : answer.blobContentMD5;
    return { bytes, md5, metadata: answer.metadata ?? {}, version: answer.etag ?? "" };
  }

  #blob(name: string): BlockBlobClient {
    assertBlobName(name);
    return this.#client.getBlockBlobClient(this.#prefix + name);
  }

  #call<T>(scene: AzureCallScene, request: (watch: StallWatch) => Promise<T>): Promise<T> {
    return azureCall(this.#world, scene, request);
  }
}

/** All ids of a blob must be of one length; the upload's own name keeps blocks of an abandoned upload out. */
function blockId(upload: string, index: number): string {
  return Buffer.from(`${upload}-${String(index).padStart(6, "0")}`).toString("base64");
}

function bytesOf(bytes: Uint8Array, watch: StallWatch): Uint8Array | (() => NodeJS.ReadableStream) {
  return bytes.length <= WHOLE_BODY_BYTES_MAX ? bytes : () => bodyOf([bytes], watch.moved);
}

function propertiesOf({ md5, metadata }: BlobProperties) {
  return { blobHTTPHeaders: { blobContentMD5: md5, blobContentType: "application/octet-stream" }, metadata: { ...metadata } };
}

function brokenOff(name: string, description: string): AppError {
  return new AppError({
    code: "E_STORE_UNAVAILABLE",
    what: `cannot read blob ${name} in ${description}`,
    why: "the connection broke off in the middle",
    hint: "run again",
    retryable: true,
    data: { name },
  });
}
