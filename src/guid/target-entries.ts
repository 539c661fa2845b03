import { ENTRY_KIND, NO_CHUNKS } from "../format/entry.ts";
import type { EntryKind } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { TargetEntry } from "../source/target.ts";
import type { FileAttributes } from "./file-metadata.ts";

/** Permissions of folders: a container knows nothing about them. */
const FOLDER_MODE = 0o755;

/** A file as the target applies it. */
export function fileEntry(name: ByteString, file: FileAttributes & { readonly size: number; readonly nowNs: bigint }): TargetEntry {
  return entryOf(ENTRY_KIND.file, { name, mode: file.mode, size: file.size, modifiedNs: file.modifiedNs ?? file.nowNs });
}

/** A folder that was made on the way to a file. */
export function folderEntry(name: ByteString, nowNs: bigint): TargetEntry {
  return entryOf(ENTRY_KIND.directory, { name, mode: FOLDER_MODE, size: 0, modifiedNs: nowNs });
}

function entryOf(
  kind: EntryKind,
  facts: { readonly name: ByteString; readonly mode: number; readonly size: number; readonly modifiedNs: bigint },
): TargetEntry {
  return {
    ...facts,
    kind,
    nodeId: 0n,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    changedNs: facts.modifiedNs,
    accessedNs: facts.modifiedNs,
    bornNs: 0n,
    links: 1,
    device: 0n,
    attributes: [],
    linkTarget: "" as ByteString,
    content: NO_CHUNKS,
    extents: undefined,
    xorHash: 0n,
    directory: undefined,
  };
}
