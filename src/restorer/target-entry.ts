import { CHUNK_TYPE, type Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import type { TargetEntry } from "../source/target.ts";

/** The attributes of an entry with large values fetched. */
export async function fetchAttributes(reader: Pick<TreeReader, "chunk">, entry: Entry): Promise<TargetEntry["attributes"]> {
  const fetched: { name: TargetEntry["attributes"][number]["name"]; value: Uint8Array }[] = [];
  for (const { name, value } of entry.attributes) {
    fetched.push({ name, value: value instanceof Uint8Array ? value : await reader.chunk(CHUNK_TYPE.attribute, value) });
  }
  return fetched;
}

/** The entry as a target takes it. */
export async function targetEntry(reader: Pick<TreeReader, "chunk">, entry: Entry): Promise<TargetEntry> {
  return { ...entry, attributes: entry.attributes.length === 0 ? [] : await fetchAttributes(reader, entry) };
}
