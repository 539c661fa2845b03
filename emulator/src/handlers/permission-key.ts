import type { Permission } from "../backend/backend.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import type { World } from "./world.ts";

/** A descriptor in a header is at most this long; longer ones are created on the share and named by their key. */
export const PERMISSION_HEADER_BYTES_MAX: number = 8 * 1024;

/** What the root of a new SMB share is protected with. */
export const DEFAULT_PERMISSION: Permission = {
  text: "O:SYG:SYD:(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;AU)(A;OICI;0x1200a9;;;BU)",
  format: "Sddl",
};

const SDDL =
  /^(O:[A-Za-z0-9-]+?)?(G:[A-Za-z0-9-]+?)?(D:[A-Z]*(\([^()]*(\([^()]*\)[^()]*)*\))*)?(S:[A-Z]*(\([^()]*(\([^()]*\)[^()]*)*\))*)?$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The key of the descriptor that a request names, by text or by key. Without either, and for `inherit`, it is the inherited one; `preserve`
 * is `undefined`, which is to say: leave it. Throws FileInvalidPermission, FileInvalidPermissionKey, InvalidHeaderValue.
 */
export async function permissionKeyOf(
  { headers, share }: Pick<StorageRequest, "headers" | "share">,
  { backend }: World,
  { inherited }: { readonly inherited: string | undefined },
): Promise<string | undefined> {
  const [text, key] = [headers.get("x-ms-file-permission"), headers.get("x-ms-file-permission-key")];
  if (text !== undefined && key !== undefined) throw invalidHeader("x-ms-file-permission-key", key);
  if (key !== undefined) {
    if ((await backend.permissions.get(share, key)) === undefined) throw new StorageError("FileInvalidPermissionKey");
    return key;
  }
  const word = text?.toLowerCase();
  if (text === undefined || word === "inherit" || word === "preserve") return word === "preserve" ? undefined : inherited;
  if (Buffer.byteLength(text) > PERMISSION_HEADER_BYTES_MAX) throw invalidHeader("x-ms-file-permission", `${text.slice(0, 64)}...`);
  return backend.permissions.put(share, checkedPermission(text, headers.get("x-ms-file-permission-format")));
}

/** A descriptor in its format; throws FileInvalidPermission for what is neither. */
export function checkedPermission(text: string, formatName: string | undefined): Permission {
  const format = formatName?.toLowerCase() === "binary" ? "Binary" : "Sddl";
  const fits = format === "Binary" ? BASE64.test(text) : text !== "" && SDDL.test(text);
  if (!fits) throw new StorageError("FileInvalidPermission");
  return { text, format };
}
