import type { RequestGauge } from "../../telemetry/request-gauge.ts";
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
import { isThrottled } from "./throttled.ts";

/** Exact counts of what a blob store was asked for, each attempt counted. */
export interface BlobMeter {
  puts: number;
  blocks: number;
  commits: number;
  reads: number;
  pages: number;
  /** HTTP requests, or 0 for stores that make none. */
  requests: number;
  errors: number;
  retries: number;
  bytesSent: number;
  bytesReceived: number;
}

/** A meter at zero. */
export function newBlobMeter(): BlobMeter {
  return { puts: 0, blocks: 0, commits: 0, reads: 0, pages: 0, requests: 0, errors: 0, retries: 0, bytesSent: 0, bytesReceived: 0 };
}

/** Counts into a meter, and into a gauge when there is one, what passes through; changes nothing. */
export class MeterBlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly #inner: BlobStore;
  readonly #meter: BlobMeter;
  readonly #gauge: RequestGauge | undefined;

  constructor(inner: BlobStore, meter: BlobMeter, gauge?: RequestGauge) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#meter = meter;
    this.#gauge = gauge;
  }

  put(blob: BlobContent, options?: CallOptions): Promise<void> {
    this.#meter.puts += 1;
    this.#meter.bytesSent += blob.bytes.length;
    return this.#count(this.#inner.put(blob, options));
  }

  putBlock(block: BlobBlock, options?: CallOptions): Promise<void> {
    this.#meter.blocks += 1;
    this.#meter.bytesSent += block.bytes.length;
    return this.#count(this.#inner.putBlock(block, options));
  }

  commit(blob: BlobCommit, options?: CallOptions): Promise<void> {
    this.#meter.commits += 1;
    return this.#count(this.#inner.commit(blob, options));
  }

  async read(name: string, options?: BlobReadOptions): Promise<BlobRead> {
    this.#meter.reads += 1;
    const arrived = options?.arrived;
    // Of one that breaks off, what came until then was received too.
    let there = 0;
    const watched = arrived && { ...options, arrived: (bytes: number) => arrived((there = bytes)) };
    try {
      const read = await this.#count(this.#inner.read(name, watched ?? options));
      there = read.bytes.length;
      return read;
    } finally {
      this.#meter.bytesReceived += there;
    }
  }

  page(prefix: string, from?: string, options?: CallOptions): Promise<BlobPage> {
    this.#meter.pages += 1;
    return this.#count(this.#inner.page(prefix, from, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #count<T>(call: Promise<T>): Promise<T> {
    try {
      return await (this.#gauge === undefined ? call : this.#gauge.during(call, isThrottled));
    } catch (error) {
      this.#meter.errors += 1;
      throw error;
    }
  }
}
