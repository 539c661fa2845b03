import type { Place } from "../backend/backend.ts";
import type { NodePatch, NodeRecord } from "../backend/node-record.ts";
import { answer, type Answer } from "../protocol/answer.ts";
import { READ_ONLY } from "../protocol/file-attributes.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { checkPath, parseRequestPath, trimDots } from "../protocol/path-names.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { fileLease } from "./lease-book.ts";
import { locate, placeOf, shareOf, type Located } from "./locate.ts";
import { nodeHeaders } from "./node-headers.ts";
import { attributesOf, timesOf } from "./node-properties.ts";
import { permissionKeyOf } from "./permission-key.ts";
import type { World } from "./world.ts";

/** Rename File: the request's path is the new one, `x-ms-file-rename-source` the old. */
export async function renameFile(request: StorageRequest, world: World): Promise<Answer> {
  return rename(request, world, "file");
}

/** Rename Directory, with everything below it. */
export async function renameDirectory(request: StorageRequest, world: World): Promise<Answer> {
  return rename(request, world, "directory");
}

async function rename(request: StorageRequest, world: World, kind: "file" | "directory"): Promise<Answer> {
  const { headers } = request;
  const source = await sourceOf(request, world);
  if ((source.node.kind === "directory") !== (kind === "directory")) throw new StorageError("ResourceTypeMismatch");
  const replaces = headers.flag("x-ms-file-rename-replace-if-exists");
  const target = await locate(request, world);
  const isSame = target.node?.fileId === source.node.fileId;
  if (target.node !== undefined && !isSame) await replaceTarget(request, world, { target, replaces });
  await useNode(world, { share: target.share.name, node: source.node, leaseId: headers.get("x-ms-source-lease-id") });
  const to = placeOf(target);
  const moved = await world.backend.writer.rename(source.place, to, { existing: replaces || isSame ? "replace" : "fail" });
  if (target.node !== undefined && !isSame) await world.leases.forget(fileLease(target.share.name, target.node.fileId));
  const patch = await patchOf(request, world, moved);
  const node = patch === undefined ? moved : await world.backend.writer.update(to.share, moved.fileId, patch);
  return answer(200, { ...nodeHeaders(node), "x-ms-request-server-encrypted": "true" });
}

interface Source {
  readonly place: Place;
  readonly node: NodeRecord;
}

/** What `x-ms-file-rename-source` names; it lies in the same share. */
async function sourceOf(request: StorageRequest, world: World): Promise<Source> {
  const name = "x-ms-file-rename-source";
  const text = request.headers.required(name);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalidHeader(name, text);
  const { share, path: names } = parseRequestPath(url.pathname, request.account);
  if (share !== request.share) throw invalidHeader(name, text);
  const { protocol } = await shareOf(request, world);
  const path = trimDots(names, request.headers.flag("x-ms-source-allow-trailing-dot"));
  checkPath(path, protocol);
  const { node, parent } = await world.backend.tree.find({ share, snapshot: undefined }, path);
  const last = path.at(-1);
  if (parent === undefined) throw new StorageError("ParentNotFound");
  if (node === undefined || last === undefined) throw new StorageError("ResourceNotFound");
  return { node, place: { share, parentId: parent.fileId, name: last } };
}

async function replaceTarget(
  request: StorageRequest,
  world: World,
  { target, replaces }: { readonly target: Located; readonly replaces: boolean },
): Promise<void> {
  const { node, share } = target;
  if (node === undefined) return;
  if (!replaces || node.kind === "directory") throw new StorageError("ResourceAlreadyExists");
  const ignoresReadOnly = request.headers.flag("x-ms-file-rename-ignore-readonly");
  if ((node.attributes & READ_ONLY) !== 0 && !ignoresReadOnly) throw new StorageError("ReadOnlyAttribute");
  await useNode(world, { share: share.name, node, leaseId: request.headers.get("x-ms-destination-lease-id") });
}

interface Use {
  readonly share: string;
  readonly node: NodeRecord;
  readonly leaseId: string | undefined;
}

async function useNode({ handles, leases }: World, { share, node, leaseId }: Use): Promise<void> {
  handles.check(share, node.fileId, { kind: "delete" });
  if (node.kind === "file") await leases.check(fileLease(share, node.fileId), leaseId, "write");
}

/** Properties that the request gives the node on its way. */
async function patchOf(request: StorageRequest, world: World, node: NodeRecord): Promise<NodePatch | undefined> {
  const { headers } = request;
  const attributes = attributesOf(headers, node.kind);
  const permissionKey = node.posix === undefined ? await permissionKeyOf(request, world, { inherited: undefined }) : undefined;
  const contentType = headers.get("x-ms-content-type");
  const metadata = headers.metadata();
  const patch: NodePatch = {
    times: timesOf(headers, node.times),
    ...(attributes !== undefined && { attributes }),
    ...(permissionKey !== undefined && { permissionKey }),
    ...(contentType !== undefined && { headers: { ...node.headers, "content-type": contentType } }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
  const isEmpty = Object.keys(patch).length === 1 && Object.keys(patch.times ?? {}).length === 0;
  return isEmpty ? undefined : patch;
}
