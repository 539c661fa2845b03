import type { NodeDraft, NodeRecord, NodeTimes } from "../backend/node-record.ts";
import { withoutSignature } from "../log/request-entry.ts";
import { answer, type Answer } from "../protocol/answer.ts";
import { rangeOf, writtenRange } from "../protocol/byte-range.ts";
import { ARCHIVE, READ_ONLY } from "../protocol/file-attributes.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { formatTicks } from "../protocol/ticks.ts";
import type { CopySource } from "./copy-source.ts";
import { protectionOf } from "./directories.ts";
import { FILE_BYTES_MAX, inheritLease, replaceable } from "./files.ts";
import { locate, locateFile, placeOf, type Located } from "./locate.ts";
import { versionHeaders } from "./node-headers.ts";
import { attributesOf, TIME_HEADERS, timeOf } from "./node-properties.ts";
import { checkWritable, writtenAtOf } from "./ranges.ts";
import { RANGE_BYTES_MAX } from "./received-content.ts";
import type { World } from "./world.ts";

/** Copy File. The copy is complete when the answer goes out, so its status is `success` at once. */
export async function copyFile(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locate(request, world);
  const place = placeOf(located);
  const source = await openSource(request, world);
  if (source.length > FILE_BYTES_MAX) throw new StorageError("OutOfRangeInput");
  await overwritable(request, world, located);
  const { writer, contentWriter } = world.backend;
  const draft = await draftOf(request, world, { located, source });
  const made = await writer.create(place, draft, { existing: "replace" });
  await inheritLease(world, located, made);
  const target = { share: place.share, fileId: made.fileId, writtenAt: "preserve" } as const;
  for (let offset = 0; offset < source.length; offset += RANGE_BYTES_MAX) {
    const bytes = await source.read({ offset, length: Math.min(RANGE_BYTES_MAX, source.length - offset) });
    // What is zero stays a hole.
    if (bytes.some((byte) => byte !== 0)) await contentWriter.write(target, offset, bytes);
  }
  const id = world.newGuid();
  const url = withoutSignature(request.headers.required("x-ms-copy-source"));
  const copy = {
    id,
    source: url,
    status: "success",
    bytesDone: source.length,
    bytesTotal: source.length,
    completedAt: world.clock(),
  } as const;
  const { changed } = draft.times;
  const node = await writer.update(place.share, made.fileId, { copy, ...(changed !== undefined && { times: { changed } }) });
  return answer(202, { ...versionHeaders(node), "x-ms-copy-id": id, "x-ms-copy-status": "success" });
}

/** Abort Copy File: copies are complete before anybody can abort them. */
export async function abortCopyFile(request: StorageRequest, world: World): Promise<Answer> {
  await locateFile(request, world, { kind: "write" });
  throw new StorageError("NoPendingCopyOperation");
}

/** Put Range from URL. */
export async function putRangeFromUrl(request: StorageRequest, world: World): Promise<Answer> {
  const { headers } = request;
  const range = writtenRange(headers);
  if (range.length > RANGE_BYTES_MAX) throw new StorageError("RequestBodyTooLarge");
  const located = await locateFile(request, world, { kind: "write", range });
  checkWritable(located, range);
  const source = await openSource(request, world);
  const text = headers.required("x-ms-source-range");
  const wanted = rangeOf("x-ms-source-range", text);
  if (wanted.end === undefined || wanted.end - wanted.start + 1 !== range.length) throw invalidHeader("x-ms-source-range", text);
  if (wanted.end >= source.length) throw new StorageError("InvalidRange");
  const bytes = await source.read({ offset: wanted.start, length: range.length });
  const target = { share: located.share.name, fileId: located.node.fileId, writtenAt: writtenAtOf(request) };
  const node = await world.backend.contentWriter.write(target, range.offset, bytes);
  return answer(201, {
    ...versionHeaders(node),
    "x-ms-file-last-write-time": formatTicks(node.times.written),
    "x-ms-request-server-encrypted": "true",
  });
}

async function openSource({ headers, endpoint, isOwner }: StorageRequest, { sources }: World): Promise<CopySource> {
  return sources({
    url: headers.required("x-ms-copy-source"),
    endpoint,
    isOwner,
    keepDots: headers.flag("x-ms-source-allow-trailing-dot"),
    authorization: headers.get("x-ms-copy-source-authorization"),
  });
}

/** Like `replaceable`, but `x-ms-file-copy-ignore-readonly` replaces a read-only file. */
async function overwritable(request: StorageRequest, world: World, located: Located): Promise<void> {
  const { node } = located;
  const ignores = request.headers.flag("x-ms-file-copy-ignore-readonly");
  const seen = node !== undefined && ignores ? { ...node, attributes: node.attributes & ~READ_ONLY } : node;
  await replaceable(request, world, { ...located, node: seen });
}

interface CopyPlan {
  readonly located: Located;
  readonly source: CopySource;
}

/** What the copy is like: metadata and content headers of the source, everything else as the request says. */
async function draftOf(request: StorageRequest, world: World, { located, source }: CopyPlan): Promise<NodeDraft> {
  const { node, length } = source;
  const metadata = request.headers.metadata();
  return {
    kind: "file",
    size: length,
    linkText: undefined,
    content: undefined,
    copy: undefined,
    headers: node?.headers ?? {},
    metadata: Object.keys(metadata).length > 0 ? metadata : (node?.metadata ?? {}),
    attributes: copyAttributes(request, node),
    times: copyTimes(request, node),
    ...(await copyProtection(request, world, { located, source })),
  };
}

function copyAttributes({ headers }: StorageRequest, source: NodeRecord | undefined): number {
  const name = "x-ms-file-copy-set-archive";
  const archive = headers.get(name) === undefined || headers.flag(name) ? ARCHIVE : 0;
  const isFromSource = headers.get("x-ms-file-attributes")?.toLowerCase() === "source";
  return (isFromSource ? (source?.attributes ?? 0) : (attributesOf(headers, "file") ?? 0)) | archive;
}

/** `source` takes a time over, as does the last-write time when nothing is said. */
function copyTimes({ headers }: StorageRequest, source: NodeRecord | undefined): Partial<NodeTimes> {
  const times: { -readonly [key in keyof NodeTimes]?: bigint } = {};
  for (const key of ["created", "written", "changed"] as const) {
    const name = TIME_HEADERS[key];
    const text = headers.get(name);
    const isFromSource = text?.toLowerCase() === "source";
    const value = isFromSource ? source?.times[key] : text === undefined ? undefined : timeOf(name, text, undefined);
    if (value !== undefined) times[key] = value;
  }
  return times;
}

/** The source's descriptor or owner when the request says so, otherwise what it gives or the directory passes on. */
async function copyProtection(
  request: StorageRequest,
  world: World,
  { located, source }: CopyPlan,
): Promise<Pick<NodeDraft, "permissionKey" | "posix">> {
  const { headers } = request;
  const given = await protectionOf(request, world, { ...located, mode: 0o644 });
  const { posix } = source.node ?? {};
  if (given.posix !== undefined && posix !== undefined) {
    const owns = headers.get("x-ms-file-owner-copy-mode")?.toLowerCase() === "source";
    const modes = headers.get("x-ms-file-mode-copy-mode")?.toLowerCase() === "source";
    return {
      ...given,
      posix: { ...given.posix, ...(owns && { owner: posix.owner, group: posix.group }), ...(modes && { mode: posix.mode }) },
    };
  }
  const isFromSource = headers.get("x-ms-file-permission-copy-mode")?.toLowerCase() === "source";
  if (!isFromSource || source.permission === "") return given;
  const permissionKey = await world.backend.permissions.put(located.share.name, { text: source.permission, format: "Sddl" });
  return { ...given, permissionKey };
}
