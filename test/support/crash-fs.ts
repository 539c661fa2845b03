import { dirname, relative } from "node:path";
import type { FolderFs } from "../../src/storage/local/folder-fs.ts";

interface FileNode {
  bytes: number;
  /** Bytes that a crash leaves. */
  durableBytes: number;
}

interface FolderNode {
  readonly names: Map<string, FileNode | FolderNode>;
  /** The names that a crash leaves. */
  durableNames: Map<string, FileNode | FolderNode>;
}

/**
 * Wraps a real file system and keeps a model of what a crash of the machine would leave: file content up to the last `sync` of the
 * file, names up to the last `syncFolder` of their folder, nothing else. Stricter than any real file system.
 */
export class CrashFs {
  readonly fs: FolderFs;
  readonly #root: string;
  readonly #top: FolderNode = newFolder();

  constructor(root: string, inner: FolderFs) {
    this.#root = root;
    this.fs = {
      createFile: async (path, mode) => {
        const file = await inner.createFile(path, mode);
        const node: FileNode = { bytes: 0, durableBytes: 0 };
        this.#folderOf(path).names.set(baseName(path), node);
        return {
          writev: async (parts) => {
            const written = await file.writev(parts);
            node.bytes += written;
            return written;
          },
          sync: async () => {
            const { bytes } = node;
            await file.sync();
            node.durableBytes = bytes;
          },
          close: file.close,
        };
      },
      mkdir: async (path, mode) => {
        await inner.mkdir(path, mode);
        this.#folderOf(path).names.set(baseName(path), newFolder());
      },
      link: async (from, to) => {
        await inner.link(from, to);
        this.#move(from, to);
      },
      rename: async (from, to) => {
        await inner.rename(from, to);
        this.#move(from, to);
        this.#folderOf(from).names.delete(baseName(from));
      },
      unlink: async (path) => {
        await inner.unlink(path);
        this.#folderOf(path).names.delete(baseName(path));
      },
      rmdir: async (path) => {
        await inner.rmdir(path);
        this.#folderOf(path).names.delete(baseName(path));
      },
      syncFolder: async (path) => {
        const folder = this.#folder(path);
        const names = new Map(folder.names);
        await inner.syncFolder(path);
        folder.durableNames = names;
      },
    };
  }

  /** Bytes of the file that a crash at this moment would leave under `key`; undefined when its name would be gone. */
  afterCrash(key: string): number | undefined {
    let node: FileNode | FolderNode | undefined = this.#top;
    for (const segment of key.split("/")) node = node !== undefined && "names" in node ? node.durableNames.get(segment) : undefined;
    return node === undefined || "names" in node ? undefined : node.durableBytes;
  }

  #move(from: string, to: string): void {
    const node = this.#folderOf(from).names.get(baseName(from));
    if (node !== undefined) this.#folderOf(to).names.set(baseName(to), node);
  }

  #folderOf(path: string): FolderNode {
    return this.#folder(dirname(path));
  }

  #folder(path: string): FolderNode {
    let node = this.#top;
    for (const segment of relative(this.#root, path)
      .split("/")
      .filter((name) => name !== "")) {
      const next = node.names.get(segment);
      if (next === undefined || !("names" in next)) throw new Error(`the model has no folder ${path}`);
      node = next;
    }
    return node;
  }
}

function newFolder(): FolderNode {
  return { names: new Map(), durableNames: new Map() };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
