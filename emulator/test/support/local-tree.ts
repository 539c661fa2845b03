import { createHash } from "node:crypto";
import { link, lstat, mkdir, readdir, readFile, readlink, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const MIB = 1024 * 1024;

/** Files by path, with their sizes: around the limits of a range and of a client's block, and names that need encoding. */
const FILES: Readonly<Record<string, number>> = {
  "zero.bin": 0,
  "one.txt": 1,
  "docs/Größe 100% a+b&c;d=e.txt": 5000,
  "docs/日本 😀.txt": 17,
  "docs/deep/er/and/er/file.dat": 512,
  "big/exactly-4MiB.bin": 4 * MIB,
  "big/over-8MiB.bin": 9 * MIB + 123,
  "it's (odd) [name] #1.txt": 300,
};

const EMPTY_FOLDERS = ["empty", "docs/also empty"];

/** Makes a tree of files below `root`, times spread over years and to the microsecond. */
export async function makeTree(root: string): Promise<void> {
  for (const folder of EMPTY_FOLDERS) await mkdir(join(root, folder), { recursive: true });
  for (const [index, [path, size]] of Object.entries(FILES).entries()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contentOf(index, size));
    await utimes(join(root, path), 1_600_000_000, 1_500_000_000 + index * 10_000_000 + 0.123456);
  }
}

/** Adds a symbolic link, a second name of a file and modes: what NFS shares can hold as well. */
export async function addLinks(root: string): Promise<void> {
  await symlink("one.txt", join(root, "pointer"));
  await link(join(root, "one.txt"), join(root, "second-name.txt"));
}

/** Bytes that differ from file to file and from place to place. */
function contentOf(seed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed + 1;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** What a tree is by path: kind, size and hash, so that two trees compare with one assertion. */
export async function describeTree(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isDirectory()) found[name] = "directory";
    else if (entry.isSymbolicLink()) found[name] = `link to ${await readlink(path)}`;
    else
      found[name] = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Modification times of the files of a tree, in nanoseconds cut to a grain. */
export async function fileTimes(root: string, grainNs: bigint): Promise<Readonly<Record<string, bigint>>> {
  const times: Record<string, bigint> = {};
  for (const path of Object.keys(FILES)) {
    const { mtimeNs } = await lstat(join(root, path), { bigint: true });
    times[path] = mtimeNs - (mtimeNs % grainNs);
  }
  return times;
}
