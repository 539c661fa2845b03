import { link, mkdir, open, rename, rmdir, unlink } from "node:fs/promises";
import { systemCode } from "../../shared/errors.ts";

/** A file being written for the first time. */
export interface NewFile {
  /** Appends the parts without joining them; tells how many bytes were taken, which may be fewer. */
  readonly writev: (parts: readonly Uint8Array[]) => Promise<number>;
  /** Resolves when content and size would survive a crash of the machine. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The calls that change a folder, and the two that make changes last. A seam of its own, so that a test can record their order and
 * work out what a crash would leave behind. Calls fail with the error codes of the system.
 */
export interface FolderFs {
  /** Opens a file that must not exist yet. */
  readonly createFile: (path: string, mode: number) => Promise<NewFile>;
  readonly mkdir: (path: string, mode: number) => Promise<void>;
  /** Gives a file a second name; EEXIST when the name is taken. The atomic step of `create`. */
  readonly link: (from: string, to: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly rmdir: (path: string) => Promise<void>;
  /** Resolves when the names in the folder would survive a crash of the machine. */
  readonly syncFolder: (path: string) => Promise<void>;
}

/** The machine's file system. */
export const systemFolderFs: FolderFs = {
  createFile: async (path, mode) => {
    const handle = await open(path, "wx", mode);
    return {
      writev: async (parts) => (await handle.writev(parts)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  mkdir: (path, mode) => mkdir(path, { mode }).then(() => undefined),
  link,
  rename,
  unlink,
  rmdir,
  syncFolder: async (path) => {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } catch (error) {
      // Network and FUSE file systems that cannot sync a folder say so; there the server decides when names last.
      if (!["EINVAL", "ENOTSUP", "EBADF"].includes(systemCode(error))) throw error;
    } finally {
      await handle.close();
    }
  },
};
