import { AppError } from "../shared/errors.ts";
import { displayBytes, type ByteString } from "../shared/bytes.ts";

/** What `move` throws when there is nothing under the old name. */
export function nodeMissingError(name: ByteString): AppError {
  return new AppError({
    code: "E_NOT_FOUND",
    what: `the catalog has no node ${displayBytes(name)} in this directory`,
    why: "it was removed or moved meanwhile, or the name is wrong",
    hint: "list the directory again",
  });
}

/** What `move` throws when the new place cannot take the node. */
export function moveRefusedError(name: ByteString, why: string): AppError {
  return new AppError({
    code: "E_CATALOG",
    what: `the node cannot be moved to ${displayBytes(name)}`,
    why,
    hint: "choose another place",
  });
}

export const WHY_OCCUPIED = "another node has this name there";
export const WHY_BELOW_ITSELF = "the place lies inside the directory that is moved";
