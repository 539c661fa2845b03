import type { NodeDraft, NodeRecord } from "../backend/node-record.ts";
import { answer, type Answer } from "../protocol/answer.ts";
import { DIRECTORY } from "../protocol/file-attributes.ts";
import { StorageError } from "../protocol/errors.ts";
import { metadataHeaders, type StorageRequest } from "../protocol/request.ts";
import { enter, locate, locateDirectory, placeOf, type Located } from "./locate.ts";
import { nodeHeaders, versionHeaders, type HeaderMap } from "./node-headers.ts";
import { attributesOf, patchOf, posixOf, timesOf } from "./node-properties.ts";
import { permissionKeyOf } from "./permission-key.ts";
import type { World } from "./world.ts";

const WRITTEN: HeaderMap = { "x-ms-request-server-encrypted": "true" };

/** Create Directory. */
export async function createDirectory(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locate(request, world);
  const place = placeOf(located);
  if (located.node !== undefined) throw new StorageError("ResourceAlreadyExists");
  const { headers } = request;
  const draft: NodeDraft = {
    kind: "directory",
    times: timesOf(headers),
    attributes: (attributesOf(headers, "directory") ?? 0) | DIRECTORY,
    headers: {},
    metadata: headers.metadata(),
    copy: undefined,
    size: 0,
    linkText: undefined,
    content: undefined,
    ...(await protectionOf(request, world, { ...located, mode: 0o755 })),
  };
  const node = await world.backend.writer.create(place, draft, { existing: "fail" });
  return answer(201, { ...nodeHeaders(node), ...WRITTEN });
}

/** Who may use a new node: a descriptor on SMB shares, owner and mode on NFS. */
export async function protectionOf(
  request: StorageRequest,
  world: World,
  { share, parent, mode }: Located & { readonly mode: number },
): Promise<Pick<NodeDraft, "permissionKey" | "posix">> {
  if (share.protocol === "NFS") {
    return { permissionKey: "", posix: posixOf(request.headers, { owner: "0", group: "0", mode }) };
  }
  const inherited = parent?.permissionKey ?? "";
  return { permissionKey: (await permissionKeyOf(request, world, { inherited })) ?? inherited, posix: undefined };
}

/** Get Directory Properties. */
export async function getDirectoryProperties(request: StorageRequest, world: World): Promise<Answer> {
  const { node } = await locateDirectory(request, world);
  return answer(200, { ...nodeHeaders(node), "x-ms-server-encrypted": "true", ...metadataHeaders(node.metadata) });
}

/** Get Directory Metadata. */
export async function getDirectoryMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { node } = await locateDirectory(request, world);
  return answer(200, { ...versionHeaders(node), ...metadataHeaders(node.metadata) });
}

/** Set Directory Properties. */
export async function setDirectoryProperties(request: StorageRequest, world: World): Promise<Answer> {
  const node = await directoryToWrite(request, world);
  const share = await world.backend.shares.get(request.share);
  if (share === undefined) throw new StorageError("ShareNotFound");
  const patch = await patchOf(request, world, { share, node });
  const updated = await world.backend.writer.update(request.share, node.fileId, patch);
  return answer(200, { ...nodeHeaders(updated), ...WRITTEN });
}

/** Set Directory Metadata. */
export async function setDirectoryMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { fileId } = await directoryToWrite(request, world);
  const node = await world.backend.writer.update(request.share, fileId, { metadata: request.headers.metadata() });
  return answer(200, { ...versionHeaders(node), ...WRITTEN });
}

async function directoryToWrite(request: StorageRequest, world: World): Promise<NodeRecord> {
  const located = await locateDirectory(request, world);
  await enter(request, world, { located, access: { kind: "write" } });
  return located.node;
}

/** Delete Directory. */
export async function deleteDirectory(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateDirectory(request, world);
  await enter(request, world, { located, access: { kind: "delete" } });
  if (located.path.length === 0) throw new StorageError("CannotDeleteFileOrDirectory");
  await world.backend.writer.remove(placeOf(located));
  return answer(202);
}
