import type { Repository } from "../repository/face.ts";
import type { ByteString } from "../shared/bytes.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { TreePlace } from "./services.ts";

/** `SNAPSHOT[:PATH]` taken apart. No snapshot word holds a colon, so the first one ends it. */
export function splitPlace(text: string): { readonly snapshot: string; readonly path: ByteString } {
  const colon = text.indexOf(":");
  const snapshot = colon < 0 ? text : text.slice(0, colon);
  if (snapshot === "")
    throw new AppError({
      code: "E_USAGE",
      what: `'${text}' names no snapshot`,
      hint: "write SNAPSHOT or SNAPSHOT:PATH, as in latest:/home/ann",
    });
  const path = colon < 0 ? "" : text.slice(colon + 1).replace(/\/+$/, "");
  return { snapshot, path: byteStringOf(path) };
}

/** Finds the place that `SNAPSHOT[:PATH]` names. Throws E_NOT_FOUND. */
export async function findPlace(repository: Repository, text: string): Promise<TreePlace> {
  const { snapshot, path } = splitPlace(text);
  return { snapshot: await repository.findSnapshot(snapshot), path };
}
