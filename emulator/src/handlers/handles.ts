import { answer, xmlAnswer, type Answer } from "../protocol/answer.ts";
import { StorageError } from "../protocol/errors.ts";
import { countOf, type StorageRequest } from "../protocol/request.ts";
import { formatHttpDate } from "../protocol/ticks.ts";
import { element, encodedElement, renderXml, type XmlElement } from "../protocol/xml.ts";
import type { OpenHandle } from "./handle-table.ts";
import { locateNode, type LocatedNode } from "./locate.ts";
import type { World } from "./world.ts";

/** Handles on one page at most. */
const PAGE_HANDLES_MAX = 5000;

/** List Handles of a file or directory, and of everything below it with `x-ms-recursive`. */
export async function listHandles(request: StorageRequest, world: World): Promise<Answer> {
  const handles = handlesBelow(request, world, await locateNode(request, world));
  const from = Number(request.query.get("marker") ?? "0") || 0;
  const count = Math.min(countOf(request.query, "maxresults") ?? PAGE_HANDLES_MAX, PAGE_HANDLES_MAX);
  const shown = handles.slice(from, from + count);
  const next = from + count < handles.length ? String(from + count) : "";
  return xmlAnswer(renderXml(element("EnumerationResults", [element("Entries", shown.map(toElement)), element("NextMarker", next)])));
}

function handlesBelow({ headers }: StorageRequest, { handles }: World, { share, view, node, path }: LocatedNode): readonly OpenHandle[] {
  if (view.snapshot !== undefined) return [];
  const isRecursive = headers.flag("x-ms-recursive");
  const isBelow = (handle: OpenHandle): boolean => path.every((name, depth) => handle.path[depth]?.toLowerCase() === name.toLowerCase());
  return handles
    .all()
    .filter((handle) => handle.share === share.name && (handle.fileId === node.fileId || (isRecursive && isBelow(handle))));
}

function toElement(handle: OpenHandle): XmlElement {
  const { id, path, fileId, parentId, sessionId, clientIp, clientName, openedAt, denyWrite, denyDelete } = handle;
  const rights = ["Read", denyWrite ? "Write" : undefined, denyDelete ? "Delete" : undefined];
  return element("Handle", [
    element("HandleId", id),
    encodedElement("Path", path.join("/")),
    element("FileId", fileId.toString()),
    element("ParentId", parentId.toString()),
    element("SessionId", sessionId),
    element("ClientIp", clientIp),
    element("ClientName", clientName),
    element("OpenTime", formatHttpDate(openedAt)),
    element(
      "AccessRightList",
      rights.map((right) => (right === undefined ? undefined : element("AccessRight", right))),
    ),
  ]);
}

/** Force Close Handles: one by its id, or all with `*`. */
export async function forceCloseHandles(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateNode(request, world);
  const wanted = request.headers.required("x-ms-handle-id");
  const reachable = handlesBelow(request, world, located).map(({ id }) => id);
  const ids = wanted === "*" ? reachable : reachable.filter((id) => id === wanted);
  if (wanted !== "*" && ids.length === 0)
    throw new StorageError("InvalidHeaderValue", { details: { HeaderName: "x-ms-handle-id", HeaderValue: wanted } });
  await closeHandles(world, ids);
  return answer(200, { "x-ms-number-of-handles-closed": ids.length, "x-ms-number-of-handles-failed": 0 });
}

/** Closes handles, and removes nodes whose deletion waited for their last one. */
export async function closeHandles({ handles, backend }: World, ids: readonly string[]): Promise<number> {
  const closed = handles.close(ids);
  for (const { share, fileId, deletePending } of closed) {
    if (!deletePending || handles.of(share, fileId).length > 0) continue;
    const view = { share, snapshot: undefined };
    const [node, path] = [await backend.tree.get(view, fileId), await backend.tree.pathOf(view, fileId)];
    if (node !== undefined && path !== undefined) await backend.writer.remove({ share, parentId: node.parentId, name: node.name });
  }
  return closed.length;
}
