import { Encoding } from "flatbuffers";
import { corrupt } from "./corrupt.ts";
import type { AzureFacts, ChunkRef } from "./entry.ts";
import type { AzureProperties } from "./generated/azure-properties.ts";

const MD5_BYTES = 16;

/** What reading these tables borrows from the decoder of entries. */
export interface PartDecoder {
  text(bytes: string | Uint8Array | null): string;
  chunkRef(id: Uint8Array | null, length: number): ChunkRef;
}

/** Reads a verified `AzureProperties` table. @throws AppError E_CORRUPT */
export function readAzureFacts(
  table: AzureProperties,
  { decoder, what }: { readonly decoder: PartDecoder; readonly what: string },
): AzureFacts {
  const contentMd5 = table.contentMd5Array() ?? undefined;
  if (contentMd5 !== undefined && contentMd5.length !== MD5_BYTES) throw corrupt(what, "an MD5 has another length than 16 bytes");
  const permission = table.permission();
  return {
    etag: table.etag() ?? "",
    contentMd5,
    attributes: table.attributes(),
    creationTicks: table.creationTicks(),
    lastWriteTicks: table.lastWriteTicks(),
    changeTicks: table.changeTicks(),
    lastAccessTicks: table.lastAccessTicks(),
    permissionKey: decoder.text(table.permissionKey(Encoding.UTF8_BYTES)),
    permission: permission === null ? undefined : decoder.chunkRef(permission.idArray(), permission.length()),
    contentType: decoder.text(table.contentType(Encoding.UTF8_BYTES)),
    userMetadata: Array.from({ length: table.userMetadataLength() }, (_, at) => {
      const pair = table.userMetadata(at);
      return { name: pair?.name() ?? "", value: pair?.value() ?? "" };
    }),
  };
}
