import { createHash } from "node:crypto";
import type { DirectoryItem, FileItem, ShareClient, ShareDirectoryClient } from "@azure/storage-file-share";

/** All there is to know of each node of a share that a backup has to bring back, as text, by path; directories end in a slash. */
export type ShareFacts = Readonly<Record<string, string>>;

const HEADERS = [
  "x-ms-file-attributes",
  "x-ms-file-creation-time",
  "x-ms-file-last-write-time",
  "x-ms-file-change-time",
  "content-type",
  "content-md5",
] as const;

/** Files of one directory looked at together. */
const FILES_AT_ONCE = 16;

/**
 * Everything of a share by path, read with the official client and its raw headers: content, times to 100 ns, attributes, security
 * descriptor, user metadata. Shares no code with the program.
 */
export async function factsOfShare(share: ShareClient): Promise<ShareFacts> {
  const reader = new Reader(share);
  await reader.directory(share.rootDirectoryClient, "");
  return reader.found;
}

class Reader {
  readonly found: Record<string, string> = {};
  readonly #share: ShareClient;
  readonly #descriptors = new Map<string, Promise<string>>();

  constructor(share: ShareClient) {
    this.#share = share;
  }

  async directory(directory: ShareDirectoryClient, path: string): Promise<void> {
    const properties = await directory.getProperties();
    this.found[`${path}/`] = await this.#describe(properties._response.headers.toJson());
    const files: FileItem[] = [];
    const directories: DirectoryItem[] = [];
    for await (const item of directory.listFilesAndDirectories()) {
      if (item.kind === "directory") directories.push(item);
      else files.push(item);
    }
    for (let at = 0; at < files.length; at += FILES_AT_ONCE)
      await Promise.all(files.slice(at, at + FILES_AT_ONCE).map((file) => this.#file(directory, path, file)));
    for (const { name } of directories) await this.directory(directory.getDirectoryClient(name), path === "" ? name : `${path}/${name}`);
  }

  async #file(directory: ShareDirectoryClient, path: string, { name }: FileItem): Promise<void> {
    const file = directory.getFileClient(name);
    const properties = await file.getProperties();
    const content = properties.contentLength === 0 ? Buffer.alloc(0) : await file.downloadToBuffer();
    const digest = createHash("sha256").update(content).digest("hex");
    const facts = await this.#describe(properties._response.headers.toJson());
    this.found[path === "" ? name : `${path}/${name}`] = `${content.length} ${digest} ${facts}`;
  }

  async #describe(headers: Record<string, string>): Promise<string> {
    const key = headers["x-ms-file-permission-key"] ?? "";
    let descriptor = this.#descriptors.get(key);
    if (descriptor === undefined) {
      descriptor = this.#share.getPermission(key).then(({ permission }) => permission);
      this.#descriptors.set(key, descriptor);
    }
    const metadata = Object.entries(headers).filter(([name]) => name.startsWith("x-ms-meta-"));
    return JSON.stringify([
      HEADERS.map((name) => headers[name] ?? ""),
      await descriptor,
      metadata.map(([name, value]) => `${name}=${value}`).sort(),
    ]);
  }
}

/** One line for each path at which two shares differ. */
export function differencesOf(before: ShareFacts, after: ShareFacts): readonly string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths]
    .filter((path) => before[path] !== after[path])
    .map((path) => `${path}: ${before[path] ?? "missing"} / ${after[path] ?? "missing"}`);
}
