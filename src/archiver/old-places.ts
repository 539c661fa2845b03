import { CHUNK_ID_BYTES, type ChunkRefs } from "../format/entry.ts";
import type { LoadedIndex } from "../repository/loaded-index.ts";
import type { KnownPack } from "../repository/pack-table.ts";
import type { OldPlaces } from "./lane-protocol.ts";

/** Where the chunks of old content are, for a lane that has no table of packs; undefined when one of them is nowhere. */
export function placesOf({ ids, lengths }: ChunkRefs, { index, packs }: LoadedIndex): OldPlaces | undefined {
  const used: KnownPack[] = [];
  const numbers = new Map<number, number>();
  const packOf = new Uint32Array(lengths.length);
  const offsets = new Float64Array(lengths.length);
  for (let chunk = 0; chunk < lengths.length; chunk += 1) {
    const place = index.find(ids, chunk * CHUNK_ID_BYTES);
    const pack = place && packs.get(place.pack);
    if (place === undefined || pack === undefined) return undefined;
    let number = numbers.get(place.pack);
    if (number === undefined) {
      number = used.push(pack) - 1;
      numbers.set(place.pack, number);
    }
    packOf[chunk] = number;
    offsets[chunk] = place.offset;
  }
  return { packs: used, packOf, offsets };
}
