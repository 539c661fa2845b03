import type { ShareClient, ShareDirectoryClient } from "@azure/storage-file-share";
import { createHash } from "node:crypto";

/** All there is to know of a node of a share that a backup has to bring back, as text. */
export type ShareFacts = Readonly<Record<string, string>>;

const HEADERS = [
  "x-ms-file-attributes",
  "x-ms-file-creation-time",
  "x-ms-file-last-write-time",
  "x-ms-file-change-time",
  "content-type",
  "content-md5",
] as const;

/**
 * Everything of a share by path, read with the official client and its raw headers: content, times to 100 ns, attributes, security
 * descriptor, user metadata. Shares no code with the program.
 */
export async function factsOfShare(share: ShareClient): Promise<ShareFacts> {
  const found: Record<string, string> = {};
  const sddl = new Map<string, string>();
  const describe = async (headers: Record<string, string>): Promise<string> => {
    const key = headers["x-ms-file-permission-key"] ?? "";
    if (!sddl.has(key)) sddl.set(key, (await share.getPermission(key)).permission);
    const metadata = Object.entries(headers).filter(([name]) => name.startsWith("x-ms-meta-"));
    return JSON.stringify([HEADERS.map((name) => headers[name] ?? ""), sddl.get(key), metadata.toSorted()]);
  };
  const visit = async (directory: ShareDirectoryClient, path: string): Promise<void> => {
    const properties = await directory.getProperties();
    found[`${path}/`] = await describe(properties._response.headers.toJson());
    for await (const item of directory.listFilesAndDirectories()) {
      const below = path === "" ? item.name : `${path}/${item.name}`;
      if (item.kind === "directory") {
        await visit(directory.getDirectoryClient(item.name), below);
        continue;
      }
      const file = directory.getFileClient(item.name);
      const headers = (await file.getProperties())._response.headers.toJson();
      const content = item.properties.contentLength === 0 ? Buffer.alloc(0) : await file.downloadToBuffer();
      found[below] = `${await describe(headers)} ${content.length} ${createHash("sha256").update(content).digest("hex")}`;
    }
  };
  await visit(share.rootDirectoryClient, "");
  return found;
}
