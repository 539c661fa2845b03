import type { Builder, Offset } from "flatbuffers";
import { fromByteString } from "../shared/bytes.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { ChunkRef } from "./entry.ts";
import { ChunkReference } from "./generated/chunk-reference.ts";

/** Writes bytes; 0, which FlatBuffers takes for "absent", when there are none. */
export function writeByteString(builder: Builder, value: ByteString): Offset {
  return value === "" ? 0 : builder.createByteVector(fromByteString(value));
}

/** Writes a text, once for each distinct one in a buffer; 0 when it is empty. */
export function writeText(builder: Builder, text: string): Offset {
  return text === "" ? 0 : builder.createSharedString(text);
}

/** Writes a vector of tables already written; 0 when there are none. */
export function writeOffsets(builder: Builder, offsets: readonly Offset[]): Offset {
  if (offsets.length === 0) return 0;
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i -= 1) builder.addOffset(offsets[i] ?? 0);
  return builder.endVector();
}

/** Writes a chunk reference as a table. */
export function writeChunkRef(builder: Builder, ref: ChunkRef): Offset {
  const id = builder.createByteVector(ref.id);
  return ChunkReference.createChunkReference(builder, id, ref.length);
}
