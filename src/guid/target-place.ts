import type { ByteString } from "../shared/bytes.ts";
import { pathBytes } from "./mapping-path.ts";
import { isWindowsPath } from "./skip-rules.ts";

/** Where an entry is restored to: a directory below the root, and a name in it. */
export interface TargetPlace {
  readonly directory: ByteString;
  readonly name: ByteString;
}

/** The place of a mapping's path below the root, or why it has none. */
export type PlaceOrProblem = TargetPlace | { readonly problem: string };

/**
 * The place below a root for a path of a mapping: `/srv/data/a` becomes `srv/data/a`, `C:\data\a` becomes `C/data/a`,
 * `\\server\share\a` becomes `server/share/a`. Parts that mean nothing (`.`, doubled slashes) go; a path with `..` is refused rather than
 * guessed at. The target itself refuses whatever could leave the root, so this decides what is meant, not what is safe.
 */
export function targetPlace(path: string): PlaceOrProblem {
  const bytes = pathBytes(path);
  if (bytes === undefined) return { problem: "its path has half a character that stands for no byte" };
  const parts = isWindowsPath(path) ? windowsParts(bytes) : meaningful(bytes.split("/"));
  const name = parts.pop();
  if (name === undefined) return { problem: "its path names no file" };
  if (name === ".." || parts.includes("..")) return { problem: "its path has a '..'" };
  return { directory: parts.join("/") as ByteString, name: name as ByteString };
}

/** One text for all paths that are restored to one place. */
export function placeKey(path: string): string {
  const place = targetPlace(path);
  return "problem" in place ? `?${path}` : `/${place.directory}/${place.name}`;
}

function windowsParts(path: string): string[] {
  const parts = meaningful(path.split(/[\\/]/));
  if (parts[0] === "?") parts.shift();
  const [first] = parts;
  if (first !== undefined && /^[A-Za-z]:$/.test(first)) parts[0] = first.slice(0, 1);
  return parts;
}

function meaningful(parts: readonly string[]): string[] {
  return parts.filter((part) => part !== "" && part !== ".");
}
