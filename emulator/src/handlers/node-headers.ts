import type { NodeRecord } from "../backend/node-record.ts";
import { DIRECTORY, formatAttributes } from "../protocol/file-attributes.ts";
import { metadataHeaders } from "../protocol/request.ts";
import { formatHttpDate, formatTicks } from "../protocol/ticks.ts";

/** Headers of an answer. */
export type HeaderMap = Readonly<Record<string, string | number | undefined>>;

const NFS_KINDS = { file: "Regular", directory: "Directory", symlink: "SymLink" } as const;

/** ETag and Last-Modified. */
export function versionHeaders({ etag, modified }: Pick<NodeRecord, "etag" | "modified">): HeaderMap {
  return { etag, "last-modified": formatHttpDate(modified) };
}

/** The attributes of a node as text. */
export function attributesText({ kind, attributes }: Pick<NodeRecord, "kind" | "attributes">): string {
  return formatAttributes(kind === "directory" ? attributes | DIRECTORY : attributes);
}

/** What every answer about a file or directory carries. */
export function nodeHeaders(node: NodeRecord): HeaderMap {
  const { times, fileId, parentId, posix } = node;
  const common = {
    ...versionHeaders(node),
    "x-ms-file-creation-time": formatTicks(times.created),
    "x-ms-file-last-write-time": formatTicks(times.written),
    "x-ms-file-change-time": formatTicks(times.changed),
    "x-ms-file-id": fileId.toString(),
    "x-ms-file-parent-id": parentId.toString(),
  };
  if (posix === undefined) {
    return { ...common, "x-ms-file-attributes": attributesText(node), "x-ms-file-permission-key": node.permissionKey };
  }
  return {
    ...common,
    "x-ms-owner": posix.owner,
    "x-ms-group": posix.group,
    "x-ms-mode": posix.mode.toString(8).padStart(4, "0"),
    "x-ms-link-count": node.linkCount,
    "x-ms-file-file-type": NFS_KINDS[node.kind],
  };
}

/** What a read of a file carries beyond that: content headers, metadata, and where a copy came from. */
export function contentHeaders(node: NodeRecord): HeaderMap {
  const { "content-md5": md5, ...headers } = node.headers;
  return {
    "x-ms-type": "File",
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    ...headers,
    "content-md5": md5,
    "x-ms-server-encrypted": "true",
    ...metadataHeaders(node.metadata),
    ...copyHeaders(node),
  };
}

function copyHeaders({ copy }: NodeRecord): HeaderMap {
  if (copy === undefined) return {};
  return {
    "x-ms-copy-id": copy.id,
    "x-ms-copy-source": copy.source,
    "x-ms-copy-status": copy.status,
    "x-ms-copy-progress": `${copy.bytesDone}/${copy.bytesTotal}`,
    "x-ms-copy-completion-time": copy.completedAt === undefined ? undefined : formatHttpDate(copy.completedAt),
  };
}
