import type { FileCreateOptions, ShareClient, ShareDirectoryClient, ShareFileClient } from "@azure/storage-file-share";

/** Larger files are written in ranges. */
const RANGE_BYTES = 4 * 1024 * 1024;

/** A file of a share by its path. */
export function fileIn(share: ShareClient, path: string): ShareFileClient {
  const names = path.split("/");
  const name = names.pop() ?? "";
  return directoryIn(share, names.join("/")).getFileClient(name);
}

/** A directory of a share by its path; the root is the empty path. */
export function directoryIn(share: ShareClient, path: string): ShareDirectoryClient {
  let directory = share.rootDirectoryClient;
  for (const name of path.split("/")) if (name !== "") directory = directory.getDirectoryClient(name);
  return directory;
}

/** Makes files with the directories they lie in, through the official client; a path that ends in a slash is an empty directory. */
export async function fillShare(share: ShareClient, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const names = path.split("/");
    names.pop();
    for (let depth = 1; depth <= names.length; depth += 1) await directoryIn(share, names.slice(0, depth).join("/")).createIfNotExists();
    if (!path.endsWith("/")) await putFile(share, path, content);
  }
}

/** Makes or replaces one file. */
export async function putFile(
  share: ShareClient,
  path: string,
  given: string | Uint8Array | ({ readonly content: string | Uint8Array } & Omit<FileCreateOptions, "content" | "contentLength">),
): Promise<void> {
  const { content, ...options } = typeof given === "string" || given instanceof Uint8Array ? { content: given } : given;
  const bytes = Buffer.from(content);
  const file = fileIn(share, path);
  if (bytes.length === 0) await file.create(0, options);
  else if (bytes.length <= RANGE_BYTES) await file.create(bytes.length, { ...options, content: bytes, contentLength: bytes.length });
  else {
    await file.create(bytes.length, options);
    for (let at = 0; at < bytes.length; at += RANGE_BYTES) {
      const part = bytes.subarray(at, at + RANGE_BYTES);
      await file.uploadRange(part, at, part.length);
    }
  }
}
