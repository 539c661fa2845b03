import { ENTRY_KIND, type Entry, type Manifest } from "../format/entry.ts";

/** What the trees under these roots hold, the roots themselves included: what was left out for an error is not counted. */
export function contentOf(roots: readonly Entry[]): Pick<Manifest, "files" | "directories" | "bytes"> {
  const total = { files: 0, directories: 0, bytes: 0 };
  for (const { directory, kind, size } of roots) {
    total.files += directory?.totalFiles ?? 1;
    total.directories += directory === undefined ? 0 : directory.totalDirectories + 1;
    total.bytes += directory?.totalBytes ?? (kind === ENTRY_KIND.file ? size : 0);
  }
  return total;
}
