import type { ShareClient, ShareDirectoryClient, ShareFileClient } from "@azure/storage-file-share";
import { contentMaker } from "../tree/content.ts";
import { type PlannedFile, planTree, under } from "../tree/plan.ts";

export interface ShareShape {
  readonly files: number;
  readonly seed: number;
  /** Length of the one large file, bytes. */
  readonly largeBytes: number;
}

export interface MadeShare {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** Where the large file is. */
export const LARGE_FILE = "large.vhd";

/** Requests of the generator at once. */
const AT_ONCE = 32;
const RANGE_BYTES = 4 * 1024 * 1024;

/** Owners of the files: as many security descriptors as a department's share has. */
const OWNERS = 12;

/** Fills a share through the official client: files of all sizes, security descriptors, attributes, times with seven digits, metadata. */
export class ShareTree {
  readonly #share: ShareClient;
  readonly #shape: ShareShape;
  readonly #files: readonly PlannedFile[];
  readonly #directories: readonly string[];
  #descriptors: readonly string[] = [];

  constructor(share: ShareClient, shape: ShareShape) {
    this.#share = share;
    this.#shape = shape;
    const plan = planTree({ files: shape.files, seed: shape.seed });
    this.#files = plan.files;
    this.#directories = plan.directories;
  }

  async make(): Promise<MadeShare> {
    this.#descriptors = await Promise.all(
      Array.from({ length: OWNERS }, async (_, owner) => {
        const sid = `S-1-5-21-397955417-626881126-188441444-${1100 + owner}`;
        const { filePermissionKey } = await this.#share.createPermission(`O:${sid}G:DUD:(A;;FA;;;${sid})(A;;FR;;;DU)`);
        return filePermissionKey ?? "";
      }),
    );
    for (const directory of this.#directories) if (directory !== "") await this.#directory(directory).create();
    await this.#each(this.#files, (file, at) => this.#put(file, at));
    const large = bytesOf({ kind: "records", bytes: this.#shape.largeBytes, stream: 0 }, this.#shape.seed);
    await this.#putLarge(large);
    const bytes = this.#files.reduce((sum, { content }) => sum + content.bytes, large.length);
    return { files: this.#files.length + 1, directories: this.#directories.length - 1, bytes };
  }

  /** A day of work on the share. */
  async churn(): Promise<{ edited: number; renamed: number; deleted: number; added: number; described: number }> {
    const one = (of: number): readonly PlannedFile[] => this.#files.filter((_, at) => at % 100 === of);
    const [edited, renamed, deleted, described] = [one(3), one(17), one(42), one(77)];
    const changed = bytesOf({ kind: "random", bytes: 1024 * 1024, stream: 7 }, this.#shape.seed + 1);
    await this.#each(edited, async (file) => {
      const content = bytesOf(
        { ...file.content, stream: file.content.stream + 1_000_000, bytes: file.content.bytes + 10 },
        this.#shape.seed,
      );
      await this.#file(file).create(content.length, { content, contentLength: content.length });
    });
    await this.#each(renamed, async (file) => void (await this.#file(file).rename(under(file.directory, `renamed ${file.name}`))));
    await this.#each(deleted, async (file) => void (await this.#file(file).delete()));
    await this.#each(described, async (file, at) => {
      const filePermissionKey = this.#descriptors[at % OWNERS] ?? "";
      await this.#file(file).setProperties({
        filePermissionKey,
        fileAttributes: "Archive | NotContentIndexed" as never,
        lastWriteTime: "preserve",
      });
    });
    await this.#share.rootDirectoryClient.getFileClient("new notes.txt").create(5, { content: "notes", contentLength: 5 });
    await this.#share.rootDirectoryClient.getFileClient(LARGE_FILE).uploadRange(changed, 10 * 1024 * 1024, changed.length);
    return { edited: edited.length + 1, renamed: renamed.length, deleted: deleted.length, added: 1, described: described.length };
  }

  async #put(file: PlannedFile, at: number): Promise<void> {
    const content = bytesOf(file.content, this.#shape.seed);
    const created = file.modifiedSeconds - 86_400;
    const stamp = (seconds: number): never =>
      `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}.${String((at * 7919) % 10_000_000).padStart(7, "0")}Z` as never;
    const options = {
      filePermissionKey: this.#descriptors[at % OWNERS] ?? "",
      fileAttributes: (at % 9 === 0 ? "Archive | Hidden" : "Archive") as never,
      creationTime: stamp(created),
      lastWriteTime: stamp(file.modifiedSeconds),
      changeTime: stamp(file.modifiedSeconds + 60),
      ...(at % 25 === 0 && { metadata: { project: `p${at}` } }),
      ...(at % 10 === 0 && { fileHttpHeaders: { fileContentType: "text/plain" } }),
    };
    const body = content.length === 0 ? {} : { content, contentLength: content.length };
    await this.#file(file).create(content.length, { ...options, ...body });
  }

  async #putLarge(content: Buffer): Promise<void> {
    const file = this.#share.rootDirectoryClient.getFileClient(LARGE_FILE);
    await file.create(content.length);
    const starts = Array.from({ length: Math.ceil(content.length / RANGE_BYTES) }, (_, at) => at * RANGE_BYTES);
    await this.#each(starts, async (at) => {
      const part = content.subarray(at, at + RANGE_BYTES);
      await file.uploadRange(part, at, part.length);
    });
  }

  async #each<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < items.length) {
        const at = next;
        next += 1;
        await work(items[at] as T, at);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  #directory(path: string): ShareDirectoryClient {
    let directory = this.#share.rootDirectoryClient;
    for (const name of path.split("/")) if (name !== "") directory = directory.getDirectoryClient(name);
    return directory;
  }

  #file({ directory, name }: PlannedFile): ShareFileClient {
    return this.#directory(directory).getFileClient(name);
  }
}

function bytesOf({ kind, bytes, stream }: PlannedFile["content"], seed: number): Buffer {
  const content = Buffer.alloc(bytes);
  contentMaker(kind, seed, stream).fill(content, bytes);
  return content;
}
