import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { ShareClient } from "@azure/storage-file-share";
import { forEachParallel } from "../../src/shared/pool.ts";
import { directoryIn, fileIn } from "../../test/support/share-tree.ts";

const AT_ONCE = 32;

/** Files with their lengths, by path, and a way to get at the content of one. */
export interface FileTree {
  readonly title: string;
  readonly sizes: ReadonlyMap<string, number>;
  hash(path: string): Promise<string>;
}

/** All files of a share, by the official client. */
export async function treeOfShare(share: ShareClient): Promise<FileTree> {
  const sizes = new Map<string, number>();
  for (let level = [""]; level.length > 0;) {
    const below: string[] = [];
    await forEachParallel(level, AT_ONCE, async (directory) => {
      for await (const { kind, name, ...item } of directoryIn(share, directory).listFilesAndDirectories({ includeExtendedInfo: true })) {
        const path = directory === "" ? name : `${directory}/${name}`;
        if (kind === "directory") below.push(path);
        else sizes.set(path, "properties" in item ? (item.properties as { readonly contentLength: number }).contentLength : -1);
      }
    });
    level = below;
  }
  const hash = async (path: string): Promise<string> => {
    const { readableStreamBody } = await fileIn(share, path).download();
    return readableStreamBody === undefined ? "" : hashOf(readableStreamBody as AsyncIterable<Buffer>);
  };
  return { title: `share ${share.name}`, sizes, hash };
}

/** All files of a folder. */
export function treeOfFolder(root: string): FileTree {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return {
    title: "folder",
    sizes: new Map(paths.map((path) => [relative(root, path), statSync(path).size])),
    hash: (path) => hashOf(createReadStream(join(root, path))),
  };
}

async function hashOf(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of content) hash.update(piece);
  return hash.digest("hex");
}

/**
 * The first difference between two trees, in words; undefined when there is none. Names and lengths of all files are compared, and the
 * content of every `every`th: nobody wins by not doing the work.
 */
export async function differenceOf(before: FileTree, after: FileTree, every: number): Promise<string | undefined> {
  const paths = [...before.sizes.keys()].toSorted();
  const odd = paths.find((path) => after.sizes.get(path) !== before.sizes.get(path));
  if (odd !== undefined)
    return `${after.title}: ${odd} has ${after.sizes.get(odd) ?? "no"} bytes, ${before.sizes.get(odd)} in ${before.title}`;
  if (after.sizes.size !== before.sizes.size) return `${after.title} has ${after.sizes.size} files, ${before.title} ${before.sizes.size}`;
  let difference: string | undefined;
  const looked = paths.filter((_, index) => index % every === 0);
  await forEachParallel(looked, AT_ONCE, async (path) => {
    const [one, other] = await Promise.all([before.hash(path), after.hash(path)]);
    if (one !== other) difference ??= `${after.title}: ${path} is not as in ${before.title}`;
  });
  return difference;
}
