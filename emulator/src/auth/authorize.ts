import { StorageError } from "../protocol/errors.ts";
import type { OperationName } from "../protocol/operation.ts";
import type { AccountSasCaller, Caller, ServiceSasCaller } from "./caller.ts";
import { PERMISSION_NEEDS, type PermissionNeed } from "./permissions.ts";
import { failed } from "./shared-key.ts";

/** Lets the operation pass, or throws the StorageError that names what the caller lacks. */
export function authorize(caller: Caller, operation: OperationName): void {
  if (!("permissions" in caller)) return;
  const need = PERMISSION_NEEDS[operation];
  if (caller.kind === "accountSas") checkResourceType(caller, need);
  else checkReach(caller, need);
  const granted = need.anyOf.split("").some((letter) => caller.permissions.includes(letter));
  if (!granted) throw new StorageError("AuthorizationPermissionMismatch");
}

function checkResourceType(caller: AccountSasCaller, need: PermissionNeed): void {
  if (need.anyOf === "") throw new StorageError("AuthorizationFailure");
  if (!caller.resourceTypes.includes(need.resourceType)) throw new StorageError("AuthorizationResourceTypeMismatch");
}

/** The service finds fault with a file's signature itself when it is used for anything but files, and with a share's only for what it may do. */
function checkReach(caller: ServiceSasCaller, { narrowest }: PermissionNeed): void {
  if (caller.kind === "fileSas" && narrowest !== "file")
    throw failed("The specified signed resource is not allowed for the this resource level");
  if (narrowest === "account") throw new StorageError("AuthorizationFailure");
}

/** True when the caller may also replace what is there: permission to create is for new files alone. */
export function mayOverwrite(caller: Caller): boolean {
  return !("permissions" in caller) || caller.permissions.includes("w");
}
