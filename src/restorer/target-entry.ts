import { type AzureFacts, CHUNK_TYPE, type Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { displayBytes } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { TargetEntry } from "../source/target.ts";

/** Told of an attribute whose value cannot be read. */
export type OnLostAttribute = (error: AppError) => void;

/** The attributes of an entry with large values fetched. Those that cannot be read are told to `lost` and left out; without it, the error is thrown. */
export async function fetchAttributes(
  reader: Pick<TreeReader, "chunk">,
  entry: Entry,
  lost?: OnLostAttribute,
): Promise<TargetEntry["attributes"]> {
  const fetched: { name: TargetEntry["attributes"][number]["name"]; value: Uint8Array }[] = [];
  for (const { name, value } of entry.attributes) {
    try {
      fetched.push({ name, value: value instanceof Uint8Array ? value : await reader.chunk(CHUNK_TYPE.attribute, value) });
    } catch (error) {
      if (lost === undefined || !isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      const { code, what, why, hint } = error;
      lost(new AppError({ code, what: `left out the attribute ${displayBytes(name)}`, why: `${what}: ${why}`, hint }));
    }
  }
  return fetched;
}

/** The entry as a target takes it; see `fetchAttributes`. `azure`: what a share is told of it. */
export async function targetEntry(
  reader: Pick<TreeReader, "chunk">,
  entry: Entry,
  options: { readonly lost?: OnLostAttribute; readonly azure?: AzureFacts | undefined } = {},
): Promise<TargetEntry> {
  const { azure: _, ...plain } = entry;
  const attributes = entry.attributes.length === 0 ? [] : await fetchAttributes(reader, entry, options.lost);
  return { ...plain, attributes, ...(options.azure && { azure: options.azure }) };
}
