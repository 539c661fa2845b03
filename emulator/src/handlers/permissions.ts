import type { Answer } from "../protocol/answer.ts";
import { answer } from "../protocol/answer.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { shareOf } from "./locate.ts";
import { versionHeaders } from "./node-headers.ts";
import { checkedPermission } from "./permission-key.ts";
import type { World } from "./world.ts";

/** A descriptor in a body; NTFS stops at 64 KiB, which is more as text. */
const BODY_BYTES_MAX = 512 * 1024;

/** Create Permission. */
export async function createPermission(request: StorageRequest, world: World): Promise<Answer> {
  const share = await shareOf(request, world);
  const { permission, format } = parseBody(await request.body(BODY_BYTES_MAX));
  const key = await world.backend.permissions.put(share.name, checkedPermission(permission, format));
  return answer(201, { ...versionHeaders(share), "x-ms-file-permission-key": key, "x-ms-request-server-encrypted": "true" });
}

function parseBody(bytes: Uint8Array): { readonly permission: string; readonly format: string | undefined } {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw new StorageError("InvalidInput");
  }
  const { permission, format } = (body ?? {}) as { readonly permission?: unknown; readonly format?: unknown };
  if (typeof permission !== "string") throw new StorageError("InvalidInput");
  return { permission, format: typeof format === "string" ? format : undefined };
}

/** Get Permission, in the format in which it was given. */
export async function getPermission(request: StorageRequest, world: World): Promise<Answer> {
  const share = await shareOf(request, world);
  const permission = await world.backend.permissions.get(share.name, request.headers.required("x-ms-file-permission-key"));
  if (permission === undefined) throw new StorageError("FileInvalidPermissionKey");
  const { text, format } = permission;
  const wanted = request.headers.get("x-ms-file-permission-format");
  if (wanted !== undefined && wanted.toLowerCase() !== format.toLowerCase()) throw invalidHeader("x-ms-file-permission-format", wanted);
  const body = JSON.stringify(wanted === undefined ? { permission: text } : { permission: text, format: format.toLowerCase() });
  return { status: 200, headers: { ...versionHeaders(share), "content-type": "application/json" }, body };
}
