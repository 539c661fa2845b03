import { byteStringOf } from "../../src/shared/bytes.ts";
import type { AppError } from "../../src/shared/errors.ts";
import { seededRandom } from "../../src/shared/random.ts";
import { openReader, openSource, openTarget } from "../../src/source/open.ts";
import { copyTree } from "./copy-tree.ts";

/** Copies one local folder to another through source, reader and target. Returns what could not be applied. */
export async function copyTreeLocally(from: string, to: string, options: { readonly privileged: boolean }): Promise<readonly AppError[]> {
  const path = byteStringOf(from);
  const source = await openSource(path);
  const reader = await openReader({ kind: "local", path });
  const target = await openTarget(
    { kind: "local", path: byteStringOf(to), owner: "numeric", privileged: options.privileged },
    { random: seededRandom(1) },
  );
  try {
    return await copyTree({ source, reader }, target);
  } finally {
    await target.close();
    await reader.close();
    await source.close();
  }
}

/** Removes entries of a folder with everything below them, however deep. */
export async function removeLocally(folder: string, ...names: readonly string[]): Promise<void> {
  const target = await openTarget(
    { kind: "local", path: byteStringOf(folder), owner: "none", privileged: false },
    { random: seededRandom(1) },
  );
  for (const name of names) await target.remove(byteStringOf(""), byteStringOf(name));
  await target.close();
}
