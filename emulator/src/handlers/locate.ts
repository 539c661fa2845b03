import type { Found, Place, View } from "../backend/backend.ts";
import type { NodeRecord } from "../backend/node-record.ts";
import type { ShareRecord } from "../backend/share-record.ts";
import { StorageError } from "../protocol/errors.ts";
import { checkPath, trimDots } from "../protocol/path-names.ts";
import type { StorageRequest } from "../protocol/request.ts";
import type { Access } from "./handle-table.ts";
import { fileLease } from "./lease-book.ts";
import type { World } from "./world.ts";

/** What lies at a request's path. */
export interface Located extends Found {
  readonly share: ShareRecord;
  readonly view: View;
  /** Names below the root, without trailing dots unless the client keeps them. */
  readonly path: readonly string[];
}

/** A path with something at its end. */
export interface LocatedNode extends Located {
  readonly node: NodeRecord;
}

/** The tree that a request reads: `sharesnapshot`, or the live one. */
export function viewOf({ share, query }: Pick<StorageRequest, "share" | "query">): View {
  return { share, snapshot: query.get("sharesnapshot") };
}

/** The share of a request. Throws ShareNotFound. */
export async function shareOf({ share: name }: Pick<StorageRequest, "share">, { backend }: World): Promise<ShareRecord> {
  const share = await backend.shares.get(name);
  if (share === undefined) throw new StorageError("ShareNotFound");
  return share;
}

/** Whatever lies at the path. Throws ShareNotFound, ShareSnapshotNotFound, InvalidFileOrDirectoryPathName. */
export async function locate(request: StorageRequest, world: World): Promise<Located> {
  const share = await shareOf(request, world);
  const path = trimDots(request.path, request.headers.flag("x-ms-allow-trailing-dot"));
  checkPath(path, share.protocol);
  const view = viewOf(request);
  return { share, view, path, ...(await world.backend.tree.find(view, path)) };
}

/** The directory, file or link at the path. Throws ParentNotFound, ResourceNotFound. */
export async function locateNode(request: StorageRequest, world: World): Promise<LocatedNode> {
  const located = await locate(request, world);
  const { node, parent, path } = located;
  if (node === undefined) throw new StorageError(parent === undefined && path.length > 0 ? "ParentNotFound" : "ResourceNotFound");
  return { ...located, node };
}

/** The directory at the path; a file in its place is not found. */
export async function locateDirectory(request: StorageRequest, world: World): Promise<LocatedNode> {
  const located = await locateNode(request, world);
  if (located.node.kind !== "directory") throw new StorageError("ResourceNotFound");
  return located;
}

/** The file at the path, open for `access`: leases and, on the live tree, handles of others have been asked. */
export async function locateFile(request: StorageRequest, world: World, access: Access): Promise<LocatedNode> {
  const located = await locateNode(request, world);
  if (located.node.kind === "directory") throw new StorageError("ResourceNotFound");
  await enter(request, world, { located, access });
  return located;
}

/** Asks leases and handles whether a node may be used like this. */
export async function enter(
  request: StorageRequest,
  world: World,
  { located: { node, view }, access }: { readonly located: LocatedNode; readonly access: Access },
): Promise<void> {
  if (view.snapshot !== undefined) {
    if (access.kind !== "read") throw new StorageError("ShareSnapshotOperationNotSupported");
    return;
  }
  world.handles.check(view.share, node.fileId, access);
  if (node.kind !== "file") return;
  const lease = fileLease(view.share, node.fileId);
  await world.leases.check(lease, request.headers.get("x-ms-lease-id"), access.kind === "read" ? "read" : "write");
}

/** The place of a node that is to be made or removed. Throws ParentNotFound, ShareSnapshotOperationNotSupported. */
export function placeOf({ share, view, path, parent }: Located): Place {
  const name = path.at(-1);
  if (view.snapshot !== undefined) throw new StorageError("ShareSnapshotOperationNotSupported");
  // The root is there from the beginning.
  if (name === undefined) throw new StorageError("ResourceAlreadyExists");
  if (parent?.kind !== "directory") throw new StorageError("ParentNotFound");
  return { share: share.name, parentId: parent.fileId, name };
}
