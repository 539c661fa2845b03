import type { ControlResource } from "../control/control.ts";
import { closeHandles } from "../handlers/handles.ts";
import type { OpenHandle } from "../handlers/handle-table.ts";
import type { World } from "../handlers/world.ts";
import { Fields, ShapeError } from "../json/fields.ts";

/** A handle to open, as the control endpoint takes it; what is left out is off. */
export interface HandleRequest {
  readonly share: string;
  /** Names below the root, joined by slashes. */
  readonly path: string;
  readonly denyRead?: boolean;
  readonly denyWrite?: boolean;
  readonly denyDelete?: boolean;
  readonly deletePending?: boolean;
  readonly lock?: { readonly offset: number; readonly length: number };
}

/** Opens a handle as an SMB client would. Throws ShapeError when nothing lies at the path. */
export async function openHandle(world: World, request: HandleRequest): Promise<OpenHandle> {
  const path = request.path.split("/").filter((name) => name !== "");
  const { node } = await world.backend.tree.find({ share: request.share, snapshot: undefined }, path);
  if (node === undefined) throw new ShapeError(`nothing lies at ${request.share}/${request.path}`);
  const { denyRead = false, denyWrite = false, denyDelete = false, deletePending = false, lock } = request;
  const handle: OpenHandle = {
    id: String(BigInt(`0x${world.newGuid().replaceAll("-", "").slice(0, 12)}`)),
    share: request.share,
    fileId: node.fileId,
    parentId: node.parentId,
    path,
    sessionId: String(BigInt(`0x${world.newGuid().replaceAll("-", "").slice(0, 12)}`)),
    clientIp: "127.0.0.1:445",
    clientName: "EMULATOR",
    openedAt: world.clock(),
    sizeAtOpen: node.size,
    denyRead,
    denyWrite,
    denyDelete,
    deletePending,
    lock,
  };
  world.handles.open(handle);
  return handle;
}

/** `handles`: open one, list them, close one (`?id=`) or all. */
export function handlesResource(world: World): ControlResource {
  return {
    get: () => world.handles.all().map(show),
    post: async (body) => show(await openHandle(world, parse(body))),
    delete: async (query) => {
      const id = query.get("id");
      await closeHandles(world, id === null ? world.handles.all().map((handle) => handle.id) : [id]);
    },
  };
}

function show({ fileId, parentId, openedAt, ...handle }: OpenHandle): object {
  return { ...handle, fileId: String(fileId), parentId: String(parentId), openedAt: String(openedAt) };
}

function parse(body: unknown): HandleRequest {
  return Fields.read(body, "handle", (fields) => ({
    share: fields.requiredText("share"),
    path: fields.requiredText("path"),
    denyRead: fields.flag("denyRead") ?? false,
    denyWrite: fields.flag("denyWrite") ?? false,
    denyDelete: fields.flag("denyDelete") ?? false,
    deletePending: fields.flag("deletePending") ?? false,
    ...lockOf(fields),
  }));
}

function lockOf(fields: Fields): Pick<HandleRequest, "lock"> {
  const lock = fields.object("lock", (lock) => ({
    offset: lock.requiredInteger("offset", { min: 0, max: Number.MAX_SAFE_INTEGER }),
    length: lock.requiredInteger("length", { min: 1, max: Number.MAX_SAFE_INTEGER }),
  }));
  return lock === undefined ? {} : { lock };
}
