import { assertBlobName } from "../blob/blob-name.ts";
import { blobChanged, blobNotFound, blobRangeBeyondEnd } from "../blob/blob-errors.ts";
import type {
  BlobBlock,
  BlobCapabilities,
  BlobCommit,
  BlobContent,
  BlobPage,
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
import type { BlobCalls } from "./blob-calls.ts";
import { connectContainer } from "./container-client.ts";
import type { StallWatch } from "../../shared/stall-guard.ts";

/** What one Put Blob, one Put Block and one block list take. */
const PUT_BYTES_MAX = 5000 * 2 ** 20;
const BLOCK_BYTES_MAX = 4000 * 2 ** 20;
const BLOCKS_MAX = 50_000;

/** The largest page the service gives. */
const PAGE_BLOBS_MAX = 5000;
const SILENT_MS_MAX = 180_000;

/** Opens a blob container as a store of plain blobs; makes no request yet. */
export function openAzureBlobs(spec: AzureBlobSpec, deps: AzureBlobDeps): BlobStore {
  return new AzureBlobs(spec, connectContainer(spec, deps).calls, deps);
}

/** Plain blobs, each one Put Blob with its MD5, or blocks and a block list. */
class AzureBlobs implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly #prefix: string;
  readonly #calls: BlobCalls;
  readonly #world: AzureCallWorld;
  readonly #pageBlobsMax: number;

  constructor(spec: AzureBlobSpec, calls: BlobCalls, deps: AzureBlobDeps) {
    const description = descriptionOf(spec);
    this.capabilities = { description, putBytesMax: PUT_BYTES_MAX, blockBytesMax: BLOCK_BYTES_MAX, blocksMax: BLOCKS_MAX };
    this.#prefix = spec.prefix;
    this.#calls = calls;
    this.#pageBlobsMax = deps.bounds?.pageObjectsMax ?? PAGE_BLOBS_MAX;
    const silentMsMax = deps.bounds?.silentMsMax ?? SILENT_MS_MAX;
    this.#world = { clock: deps.clock, silentMsMax, description, credential: spec.credential.kind, missing: blobNotFound };
  }

  put(blob: BlobContent, options: CallOptions = {}): Promise<void> {
    const { name } = blob;
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async (watch) => {
      await this.#calls.put({ ...blob, name: this.#wholeName(name) }, watch);
    });
  }

  putBlock(block: BlobBlock, options: CallOptions = {}): Promise<void> {
    const { name, bytes } = block;
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async (watch) => {
      await this.#calls.putBlock({ name: this.#wholeName(name), id: blockId(block.upload, block.index), bytes }, watch);
    });
  }

  commit(blob: BlobCommit, options: CallOptions = {}): Promise<void> {
    const { name, upload, blocks, md5, metadata } = blob;
    const ids = Array.from({ length: blocks }, (_, index) => blockId(upload, index));
    return this.#call({ doing: `write blob ${name}`, key: name, ...options }, async (watch) => {
      await this.#calls.commit({ name: this.#wholeName(name), ids, md5, metadata }, watch);
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
    return this.#call({ doing: "list blobs", ...options }, async (watch) => {
      const { blobs, next } = await this.#calls.page({ prefix: this.#prefix + prefix, from, blobsMax: this.#pageBlobsMax }, watch);
      return { blobs: blobs.map((blob) => ({ ...blob, name: blob.name.slice(this.#prefix.length) })), next };
    });
  }

  /** Idle connections do not keep the process alive and close by themselves. */
  async close(): Promise<void> {}

  async #download(name: string, options: BlobReadOptions, watch: StallWatch): Promise<BlobRead> {
    const { range } = options;
    const read = await this.#calls.read(this.#wholeName(name), options, watch);
    if (range !== undefined && read.bytes.length !== range.length) throw blobRangeBeyondEnd(name, range);
    return read;
  }

  #wholeName(name: string): string {
    assertBlobName(name);
    return this.#prefix + name;
  }

  #call<T>(scene: AzureCallScene, request: (watch: StallWatch) => Promise<T>): Promise<T> {
    return azureCall(this.#world, scene, request);
  }
}

/** All ids of a blob must be of one length; the upload's own name keeps blocks of an abandoned upload out. */
function blockId(upload: string, index: number): string {
  return Buffer.from(`${upload}-${String(index).padStart(6, "0")}`).toString("base64");
}
