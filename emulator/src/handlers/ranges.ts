import type { ByteRange, Changes } from "../backend/backend.ts";
import { answer, xmlAnswer, type Answer } from "../protocol/answer.ts";
import { rangeHeader, writtenRange } from "../protocol/byte-range.ts";
import { READ_ONLY } from "../protocol/file-attributes.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { countOf, type StorageRequest } from "../protocol/request.ts";
import { formatTicks } from "../protocol/ticks.ts";
import { element, optional, renderXml, type XmlElement } from "../protocol/xml.ts";
import { locateFile, type LocatedNode } from "./locate.ts";
import { versionHeaders } from "./node-headers.ts";
import { RANGE_BYTES_MAX, receivedContent } from "./received-content.ts";
import type { World } from "./world.ts";

/** The first version whose range lists come in pages. */
const PAGED_SINCE = "2026-10-06";

/** Ranges on one page at most. */
const PAGE_RANGES_MAX = 10_000;

/** Put Range: writes content, or makes a hole. */
export async function putRange(request: StorageRequest, world: World): Promise<Answer> {
  const { headers } = request;
  const mode = headers.required("x-ms-write").toLowerCase();
  if (mode !== "update" && mode !== "clear") throw invalidHeader("x-ms-write", mode);
  const range = writtenRange(headers);
  const located = await locateFile(request, world, { kind: "write", range });
  checkWritable(located, range);
  const target = { share: located.share.name, fileId: located.node.fileId, writtenAt: writtenAtOf(request) };
  const { contentWriter } = world.backend;
  if (mode === "clear") {
    if ((headers.number("content-length") ?? 0) > 0) throw invalidHeader("content-length", headers.required("content-length"));
    const node = await contentWriter.clear(target, range);
    return answer(201, { ...versionHeaders(node), "x-ms-file-last-write-time": formatTicks(node.times.written) });
  }
  if (range.length > RANGE_BYTES_MAX) throw new StorageError("RequestBodyTooLarge");
  const content = await receivedContent(request);
  if (content.bytes.length !== range.length) throw invalidHeader("content-length", String(content.bytes.length));
  const node = await contentWriter.write(target, range.offset, content.bytes);
  return answer(201, {
    ...versionHeaders(node),
    ...content.headers,
    "x-ms-file-last-write-time": formatTicks(node.times.written),
    "x-ms-request-server-encrypted": "true",
  });
}

/** Throws for what cannot be written to, whoever asks. */
export function checkWritable({ node }: LocatedNode, range: ByteRange): void {
  if (node.kind !== "file") throw new StorageError("ResourceTypeMismatch");
  if ((node.attributes & READ_ONLY) !== 0) throw new StorageError("ReadOnlyAttribute");
  if (range.offset + range.length > node.size) throw new StorageError("InvalidRange");
}

/** What a write does to the last-write time: `x-ms-file-last-write-time: preserve` keeps it. */
export function writtenAtOf({ headers }: Pick<StorageRequest, "headers">): "preserve" | undefined {
  const name = "x-ms-file-last-write-time";
  const word = headers.get(name)?.toLowerCase() ?? "now";
  if (word !== "now" && word !== "preserve") throw invalidHeader(name, word);
  return word === "preserve" ? "preserve" : undefined;
}

/** List Ranges: stretches that hold data, or what changed since a snapshot. */
export async function listRanges(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateFile(request, world, { kind: "read" });
  const { node, view } = located;
  if (node.kind !== "file") throw new StorageError("ResourceTypeMismatch");
  const asked = rangeHeader(request.headers);
  const window =
    asked === undefined ? { offset: 0, length: node.size } : { offset: asked.start, length: (asked.end ?? node.size) - asked.start + 1 };
  const previous = request.query.get("prevsharesnapshot");
  const { written, cleared } =
    previous === undefined
      ? { written: await world.backend.content.ranges(view, node.fileId, window), cleared: [] }
      : await changesSince(request, world, { located, previous, window });
  const { shown, next } = page(request, { written, cleared });
  const body = renderXml(
    element("Ranges", [...shown, next === undefined && !isPaged(request) ? undefined : element("NextMarker", next ?? "")]),
  );
  return xmlAnswer(body, { ...versionHeaders(node), "x-ms-content-length": node.size });
}

interface SinceRequest {
  readonly located: LocatedNode;
  readonly previous: string;
  readonly window: ByteRange;
}

/** Ranges since `previous`, once it is clear that it is the same file in both. */
async function changesSince(request: StorageRequest, { backend }: World, { located, previous, window }: SinceRequest): Promise<Changes> {
  const { share, view, node, path } = located;
  const base = { share: share.name, snapshot: previous };
  if ((await backend.snapshots.get(share.name, previous)) === undefined) throw new StorageError("PreviousSnapshotNotFound");
  if (view.snapshot !== undefined && view.snapshot <= previous) throw new StorageError("PreviousSnapshotOperationNotSupported");
  const atPath = (await backend.tree.find(base, path)).node;
  if (atPath?.fileId !== node.fileId || atPath.generation !== node.generation) {
    const before = await backend.tree.get(base, node.fileId);
    // Nothing of this file is in the older snapshot: it was made since, in the place of another or in a place that was free.
    if (before === undefined || before.generation !== node.generation) throw new StorageError("FileGenerationMismatch");
    if (!request.headers.flag("x-ms-file-support-rename")) throw new StorageError("FileRenamed");
  }
  return backend.content.changes(view, node.fileId, { since: previous, window });
}

function isPaged({ version, query }: StorageRequest): boolean {
  return version >= PAGED_SINCE && (query.has("marker") || query.has("maxresults"));
}

/** Both kinds in ascending order, and where the next page starts. */
function page(
  request: StorageRequest,
  { written, cleared }: Changes,
): { readonly shown: readonly XmlElement[]; readonly next: string | undefined } {
  const all = [...written.map((range) => ({ ...range, name: "Range" })), ...cleared.map((range) => ({ ...range, name: "ClearRange" }))];
  all.sort((a, b) => a.offset - b.offset);
  const from = isPaged(request) ? Number(request.query.get("marker") ?? "0") || 0 : 0;
  const countMax = isPaged(request) ? Math.min(countOf(request.query, "maxresults") ?? PAGE_RANGES_MAX, PAGE_RANGES_MAX) : all.length;
  const left = all.filter(({ offset }) => offset >= from);
  const shown = left.slice(0, countMax).map(({ name, offset, length }) => {
    return element(name, [optional("Start", String(offset)), optional("End", String(offset + length - 1))]);
  });
  const rest = left[countMax];
  return { shown, next: rest === undefined ? undefined : String(rest.offset) };
}
