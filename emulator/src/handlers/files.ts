import type { NodeDraft, NodeRecord } from "../backend/node-record.ts";
import { answer, type Answer } from "../protocol/answer.ts";
import { wantedRange } from "../protocol/byte-range.ts";
import { ARCHIVE, READ_ONLY } from "../protocol/file-attributes.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { metadataHeaders, type StorageRequest } from "../protocol/request.ts";
import { protectionOf } from "./directories.ts";
import { fileLease } from "./lease-book.ts";
import { enter, locate, locateFile, placeOf, type Located, type LocatedNode } from "./locate.ts";
import { contentHeaders, nodeHeaders, versionHeaders, type HeaderMap } from "./node-headers.ts";
import { attributesOf, contentHeadersOf, patchOf, timesOf } from "./node-properties.ts";
import { RANGE_BYTES_MAX, receivedContent } from "./received-content.ts";
import { sentContent } from "./sent-content.ts";
import type { World } from "./world.ts";

/** 4 TiB. */
export const FILE_BYTES_MAX: number = 4 * 2 ** 40;

const WRITTEN: HeaderMap = { "x-ms-request-server-encrypted": "true" };

/** Create File, with content in the same request when there is a body. A file that is there is replaced, and what replaces it is another file. */
export async function createFile(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locate(request, world);
  const place = placeOf(located);
  const { headers } = request;
  if (headers.required("x-ms-type").toLowerCase() !== "file") throw invalidHeader("x-ms-type", headers.required("x-ms-type"));
  const size = headers.number("x-ms-content-length");
  if (size === undefined) throw new StorageError("MissingRequiredHeader", { details: { HeaderName: "x-ms-content-length" } });
  if (size > FILE_BYTES_MAX) throw new StorageError("OutOfRangeInput");
  await replaceable(request, world, located);
  const content = await receivedContent(request);
  if (content.bytes.length > size) throw new StorageError("InvalidRange");
  const draft: NodeDraft = {
    kind: "file",
    times: timesOf(headers),
    attributes: attributesOf(headers, "file") ?? ARCHIVE,
    headers: contentHeadersOf(headers),
    metadata: headers.metadata(),
    copy: undefined,
    size,
    linkText: undefined,
    content: content.bytes,
    ...(await protectionOf(request, world, { ...located, mode: 0o644 })),
  };
  const node = await world.backend.writer.create(place, draft, { existing: "replace" });
  await inheritLease(world, located, node);
  return answer(201, { ...nodeHeaders(node), ...content.headers, ...WRITTEN });
}

/** Refuses to replace a directory, a read-only file, and what a lease or a handle protects. */
export async function replaceable(
  request: StorageRequest,
  world: World,
  located: Omit<LocatedNode, "node"> & { readonly node: LocatedNode["node"] | undefined },
): Promise<void> {
  const { node } = located;
  if (node === undefined) return;
  if (node.kind === "directory") throw new StorageError("ResourceTypeMismatch");
  if (!request.mayOverwrite) throw new StorageError("AuthorizationPermissionMismatch");
  if ((node.attributes & READ_ONLY) !== 0) throw new StorageError("ReadOnlyAttribute");
  await enter(request, world, { located: { ...located, node }, access: { kind: "write" } });
}

/** The file that takes a place keeps the lease of the one that had it. */
export async function inheritLease({ leases }: World, { share, node: old }: Located, node: NodeRecord): Promise<void> {
  if (old !== undefined) await leases.transfer(fileLease(share.name, old.fileId), fileLease(share.name, node.fileId));
}

/** Get File: the whole content or a range. */
export async function getFile(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateFile(request, world, { kind: "read" });
  const { node, view } = located;
  if (node.kind !== "file") throw new StorageError("ResourceTypeMismatch");
  const { offset, length, isPart } = wantedRange(request.headers, node.size);
  world.handles.check(view.share, view.snapshot === undefined ? node.fileId : -1n, { kind: "read", range: { offset, length } });
  const wantsMd5 = request.headers.flag("x-ms-range-get-content-md5");
  if (wantsMd5 && (!isPart || length > RANGE_BYTES_MAX)) throw invalidHeader("x-ms-range-get-content-md5", "true");
  const leases = await leaseHeaders(world, located);
  const { "content-md5": storedMd5, ...headers } = contentHeaders(node);
  const ranged: HeaderMap = isPart
    ? { "content-range": `bytes ${offset}-${offset + length - 1}/${node.size}`, "x-ms-content-md5": storedMd5 }
    : { "content-md5": storedMd5 };
  const pieces = await world.backend.content.read(view, node.fileId, { offset, length });
  const sent = await sentContent(request, { pieces, length, wantsMd5 });
  return {
    status: isPart ? 206 : 200,
    headers: { ...nodeHeaders(node), ...headers, ...ranged, ...leases, ...sent.headers },
    body: sent.body,
  };
}

/** Get File Properties. */
export async function getFileProperties(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateFile(request, world, { kind: "read" });
  const { node } = located;
  return answer(200, {
    ...nodeHeaders(node),
    ...contentHeaders(node),
    ...(await leaseHeaders(world, located)),
    "content-length": node.size,
  });
}

async function leaseHeaders({ leases }: World, { node, view }: LocatedNode): Promise<HeaderMap> {
  return view.snapshot === undefined ? leases.headers(fileLease(view.share, node.fileId)) : {};
}

/** Get File Metadata. */
export async function getFileMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { node } = await locateFile(request, world, { kind: "read" });
  return answer(200, { ...versionHeaders(node), ...metadataHeaders(node.metadata) });
}

/** Set File Properties: content headers (those that are not sent are cleared), size, times, attributes, descriptor. */
export async function setFileProperties(request: StorageRequest, world: World): Promise<Answer> {
  const { node, share } = await locateFile(request, world, { kind: "write" });
  const size = request.headers.number("x-ms-content-length");
  if (size !== undefined && size > FILE_BYTES_MAX) throw new StorageError("OutOfRangeInput");
  const isReadOnly = (node.attributes & READ_ONLY) !== 0;
  if (size !== undefined && size !== node.size && isReadOnly) throw new StorageError("ReadOnlyAttribute");
  const patch = await patchOf(request, world, { share, node });
  const updated = await world.backend.writer.update(share.name, node.fileId, {
    ...patch,
    headers: contentHeadersOf(request.headers),
    ...(size !== undefined && { size }),
  });
  return answer(200, { ...nodeHeaders(updated), ...WRITTEN });
}

/** Set File Metadata. */
export async function setFileMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { node, share } = await locateFile(request, world, { kind: "write" });
  const updated = await world.backend.writer.update(share.name, node.fileId, { metadata: request.headers.metadata() });
  return answer(200, { ...versionHeaders(updated), ...WRITTEN });
}

/** Delete File: removes the name; symbolic links and hard links as well. */
export async function deleteFile(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateFile(request, world, { kind: "delete" });
  if ((located.node.attributes & READ_ONLY) !== 0) throw new StorageError("ReadOnlyAttribute");
  await world.backend.writer.remove(placeOf(located));
  const namesLeft = located.node.linkCount - 1;
  if (namesLeft === 0) await world.leases.forget(fileLease(located.share.name, located.node.fileId));
  return answer(202, { "x-ms-link-count": located.node.posix === undefined ? undefined : namesLeft });
}
