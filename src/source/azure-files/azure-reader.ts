import { type ByteString } from "../../shared/bytes.ts";
import type { ContentReader, ExpectedFiles, OpenContent } from "../source.ts";
import { AzureContent } from "./azure-content.ts";
import { ShareClient, type ShareClientDeps } from "./share-client.ts";
import { sharePath } from "./share-paths.ts";
import type { ShareSpec } from "./share-spec.ts";

/** Content of files that are begun and not read yet, bytes; and files. */
const AHEAD_BYTES_MAX = 48 * 1024 * 1024;
const AHEAD_FILES_MAX = 128;

/** Counted for each file begun, whatever its size: an answer of its own takes memory too. */
const FILE_OVERHEAD_BYTES = 4096;

interface Waiting {
  readonly path: string;
  readonly make: () => AzureContent;
  readonly bytes: number;
}

/**
 * Reads the files of a share for one lane. The lane opens one file after the other; of those that come next many are on their way
 * already, in the order in which they will be opened, bounded by bytes and by files.
 */
export class AzureReader implements ContentReader {
  readonly concurrency: number = AHEAD_FILES_MAX;
  readonly #client: ShareClient;
  readonly #spec: ShareSpec;
  #waiting: Waiting[] = [];
  readonly #begun = new Map<string, { readonly content: AzureContent; readonly bytes: number }>();
  #bytesBegun = 0;

  private constructor(client: ShareClient, spec: ShareSpec) {
    this.#client = client;
    this.#spec = spec;
  }

  static async open(spec: ShareSpec, deps: ShareClientDeps): Promise<AzureReader> {
    return new AzureReader(await ShareClient.open(spec, deps), spec);
  }

  get throttled(): number {
    return this.#client.connection.pacer.throttled;
  }

  expect(files: ExpectedFiles): void {
    this.#drop();
    const { directories, directoryOf, names, sizes, changeTokens, old } = files;
    const frozen = this.#spec.snapshot !== "";
    for (const [at, name] of names.entries()) {
      const path = this.#path(directories[directoryOf[at] ?? 0] ?? ("" as ByteString), name);
      const size = sizes[at] ?? 0;
      const question = old?.get(at);
      const changeToken = frozen ? changeTokens[at] : undefined;
      const make = (): AzureContent => new AzureContent(this.#client, { path, name, size, changeToken, ...(question && { question }) });
      this.#waiting.push({ path, make, bytes: FILE_OVERHEAD_BYTES + AzureContent.bytesAhead(size) });
    }
    this.#waiting.reverse();
    this.#pump();
  }

  async open(directory: ByteString, name: ByteString): Promise<OpenContent> {
    const path = this.#path(directory, name);
    if (!this.#begun.has(path)) this.#beginNow(path);
    const begun = this.#begun.get(path);
    const content = begun?.content ?? new AzureContent(this.#client, { path, name, size: undefined, changeToken: undefined });
    content.begin();
    try {
      await content.ready();
    } catch (error) {
      this.#forget(path);
      throw error;
    }
    content.onClose = () => this.#forget(path);
    return content;
  }

  close(): void {
    this.#drop();
    this.#client.close();
  }

  #path(directory: ByteString, name: ByteString): string {
    return sharePath(this.#spec.path, directory, name);
  }

  /** A file whose turn has come although there was no room to begin it. */
  #beginNow(path: string): void {
    const at = this.#waiting.findLastIndex((one) => one.path === path);
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next !== undefined) this.#begin(next);
  }

  #begin({ path, make, bytes }: Waiting): void {
    const content = make();
    content.begin();
    this.#begun.set(path, { content, bytes });
    this.#bytesBegun += bytes;
  }

  #pump(): void {
    for (let next = this.#waiting.at(-1); next !== undefined; next = this.#waiting.at(-1)) {
      const full = this.#begun.size >= AHEAD_FILES_MAX || this.#bytesBegun + next.bytes > AHEAD_BYTES_MAX;
      if (full && this.#begun.size > 0) return;
      this.#waiting.pop();
      this.#begin(next);
    }
  }

  #forget(path: string): void {
    const begun = this.#begun.get(path);
    if (begun === undefined) return;
    this.#begun.delete(path);
    this.#bytesBegun -= begun.bytes;
    this.#pump();
  }

  /** Files of a batch that failed before they were opened. */
  #drop(): void {
    this.#waiting = [];
    this.#begun.clear();
    this.#bytesBegun = 0;
  }
}
