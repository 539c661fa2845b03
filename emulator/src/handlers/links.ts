import { answer, type Answer } from "../protocol/answer.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { checkPath, decodePath, trimDots } from "../protocol/path-names.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { protectionOf } from "./directories.ts";
import { enter, locate, locateNode, placeOf, type Located } from "./locate.ts";
import { nodeHeaders, versionHeaders } from "./node-headers.ts";
import { timesOf } from "./node-properties.ts";
import type { World } from "./world.ts";

/** Code units of a symbolic link's text. */
const LINK_TEXT_UNITS_MAX = 2048;

/** Create Symbolic Link. The text is neither looked up nor interpreted: what was sent is given back, percent-encoded or not. */
export async function createSymbolicLink(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateNfs(request, world);
  const place = placeOf(located);
  const linkText = request.headers.required("x-ms-link-text");
  if (linkText.length > LINK_TEXT_UNITS_MAX) throw invalidHeader("x-ms-link-text", `${linkText.slice(0, 64)}...`);
  const node = await world.backend.writer.create(
    place,
    {
      kind: "symlink",
      times: timesOf(request.headers),
      attributes: 0,
      headers: {},
      metadata: request.headers.metadata(),
      copy: undefined,
      size: Buffer.byteLength(linkText),
      linkText,
      content: undefined,
      ...(await protectionOf(request, world, { ...located, mode: 0o777 })),
    },
    { existing: "fail" },
  );
  return answer(201, { ...nodeHeaders(node), "x-ms-request-server-encrypted": "true" });
}

/** Get Symbolic Link. */
export async function getSymbolicLink(request: StorageRequest, world: World): Promise<Answer> {
  const { node } = await locateNode(request, world);
  if (node.kind !== "symlink") throw new StorageError("ResourceTypeMismatch");
  return answer(200, { ...versionHeaders(node), "x-ms-link-text": node.linkText });
}

/** Create Hard Link: the request's path becomes another name of `x-ms-file-target-file`. */
export async function createHardLink(request: StorageRequest, world: World): Promise<Answer> {
  const located = await locateNfs(request, world);
  const place = placeOf(located);
  const path = trimDots(decodePath(request.headers.required("x-ms-file-target-file")), request.headers.flag("x-ms-allow-trailing-dot"));
  checkPath(path, "NFS");
  const target = await world.backend.tree.find(located.view, path);
  if (target.node === undefined) throw new StorageError("ResourceNotFound");
  if (target.node.kind === "directory") throw new StorageError("ResourceTypeMismatch");
  await enter(request, world, { located: { ...located, node: target.node }, access: { kind: "write" } });
  return answer(201, nodeHeaders(await world.backend.writer.link(place, target.node.fileId)));
}

/** Links of both kinds exist on NFS shares only. */
async function locateNfs(request: StorageRequest, world: World): Promise<Located> {
  const located = await locate(request, world);
  if (located.share.protocol !== "NFS") throw new StorageError("FeatureNotSupportedForProtocol");
  if (located.node !== undefined) throw new StorageError("ResourceAlreadyExists");
  return located;
}
