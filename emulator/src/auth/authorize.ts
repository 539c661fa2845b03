import { StorageError } from "../protocol/errors.ts";
import type { OperationName } from "../protocol/operation.ts";
import type { Caller, SasCaller } from "./caller.ts";
import { PERMISSION_NEEDS, type PermissionNeed } from "./permissions.ts";

/** Lets the operation pass, or throws the StorageError that names what the caller lacks. */
export function authorize(caller: Caller, operation: OperationName): void {
  if (!("permissions" in caller)) return;
  const need = PERMISSION_NEEDS[operation];
  if (need.anyOf === "") throw new StorageError("AuthorizationFailure");
  if (!reaches(caller, need)) throw new StorageError("AuthorizationResourceTypeMismatch");
  const granted = need.anyOf.split("").some((letter) => caller.permissions.includes(letter));
  if (!granted) throw new StorageError("AuthorizationPermissionMismatch");
}

function reaches(caller: SasCaller, need: PermissionNeed): boolean {
  if (caller.kind === "accountSas") return caller.resourceTypes.includes(need.resourceType);
  return caller.kind === "shareSas" ? need.narrowest !== "account" : need.narrowest === "file";
}
