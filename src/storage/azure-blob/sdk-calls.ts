import type { BlockBlobClient, ContainerClient, ContainerListBlobFlatSegmentResponse as ListPage } from "@azure/storage-blob";
import type { ReceivedBodies } from "../../shared/received-bodies.ts";
import type { BlobContent, BlobPage, BlobProperties, BlobRead } from "../blob/blob-store.ts";
import { BLOB_CONTENT_TYPE, BrokenOff } from "./blob-calls.ts";
import type { BlobCalls, CallWatch, IdentifiedBlock, IdentifiedCommit, WantedContent, WantedPage } from "./blob-calls.ts";
import { bodyOf } from "./body.ts";

/** A body up to this size is one write to the socket; a larger one goes in pieces, so that a stalled line is told from a slow one. */
const WHOLE_BODY_BYTES_MAX = 512 * 1024;

/** The calls through the official SDK, whose pipeline passes bodies to `bodies`: any answer, any proxy, any token. */
export class SdkCalls implements BlobCalls {
  readonly #client: ContainerClient;
  readonly #bodies: ReceivedBodies;

  constructor(client: ContainerClient, bodies: ReceivedBodies) {
    this.#client = client;
    this.#bodies = bodies;
  }

  async read(name: string, { range, version, into, arrived }: WantedContent, watch: CallWatch): Promise<BlobRead> {
    const { signal, moved } = watch;
    const conditions = version === undefined ? {} : { conditions: { ifMatch: version } };
    const { answer, bytes } = await this.#bodies.receive(signal, { into, arrived, moved }, () =>
      this.#blob(name).download(range?.offset ?? 0, range?.length, { abortSignal: signal, maxRetryRequests: 0, ...conditions }),
    );
    if (bytes === undefined) throw new BrokenOff("fewer bytes came than were promised");
    // The plain one is the range's when a range was asked for; the other one is the blob's.
    const md5 = range === undefined ? answer.contentMD5 : answer.blobContentMD5;
    return { bytes, md5, metadata: answer.metadata ?? {}, version: answer.etag ?? "" };
  }

  async put(blob: BlobContent, watch: CallWatch): Promise<void> {
    const { name, bytes } = blob;
    await this.#blob(name).upload(bytesOf(bytes, watch), bytes.length, { ...propertiesOf(blob), abortSignal: watch.signal });
  }

  async putBlock({ name, id, bytes }: IdentifiedBlock, watch: CallWatch): Promise<void> {
    await this.#blob(name).stageBlock(id, bytesOf(bytes, watch), bytes.length, { abortSignal: watch.signal });
  }

  async commit(blob: IdentifiedCommit, { signal }: CallWatch): Promise<void> {
    await this.#blob(blob.name).commitBlockList([...blob.ids], { ...propertiesOf(blob), abortSignal: signal });
  }

  async page({ prefix, from, blobsMax }: WantedPage, { signal }: CallWatch): Promise<BlobPage> {
    const settings = { maxPageSize: blobsMax, ...(from === undefined ? {} : { continuationToken: from }) };
    const pages = this.#client.listBlobsFlat({ prefix, abortSignal: signal }).byPage(settings);
    const result = await pages.next();
    if (result.done === true) return { blobs: [], next: undefined };
    const { segment, continuationToken }: ListPage = result.value;
    const blobs = segment.blobItems.map(({ name, properties }) => ({
      name,
      size: properties.contentLength ?? 0,
      md5: properties.contentMD5,
    }));
    return { blobs, next: continuationToken === "" ? undefined : continuationToken };
  }

  #blob(name: string): BlockBlobClient {
    return this.#client.getBlockBlobClient(name);
  }
}

function bytesOf(bytes: Uint8Array, watch: CallWatch): Uint8Array | (() => NodeJS.ReadableStream) {
  return bytes.length <= WHOLE_BODY_BYTES_MAX ? bytes : () => bodyOf([bytes], watch.moved);
}

function propertiesOf({ md5, metadata }: BlobProperties) {
  return { blobHTTPHeaders: { blobContentMD5: md5, blobContentType: BLOB_CONTENT_TYPE }, metadata: { ...metadata } };
}
