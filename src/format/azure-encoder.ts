import type { Builder, Offset } from "flatbuffers";
import type { AzureFacts } from "./entry.ts";
import { AzureProperties } from "./generated/azure-properties.ts";
import { UserMetadata } from "./generated/user-metadata.ts";
import { writeChunkRef, writeOffsets, writeText } from "./write-parts.ts";

/** Writes what a share knows about a node as an `AzureProperties` table. */
export function writeAzureFacts(builder: Builder, facts: AzureFacts): Offset {
  const etag = facts.etag === "" ? 0 : builder.createString(facts.etag);
  const contentMd5 = facts.contentMd5 === undefined ? 0 : builder.createByteVector(facts.contentMd5);
  const permissionKey = writeText(builder, facts.permissionKey);
  const permission = facts.permission === undefined ? 0 : writeChunkRef(builder, facts.permission);
  const contentType = writeText(builder, facts.contentType);
  const userMetadata = writeOffsets(
    builder,
    facts.userMetadata.map(({ name, value }) => {
      const names = [writeText(builder, name), writeText(builder, value)] as const;
      UserMetadata.startUserMetadata(builder);
      UserMetadata.addName(builder, names[0]);
      UserMetadata.addValue(builder, names[1]);
      return UserMetadata.endUserMetadata(builder);
    }),
  );
  AzureProperties.startAzureProperties(builder);
  AzureProperties.addCreationTicks(builder, facts.creationTicks);
  AzureProperties.addLastWriteTicks(builder, facts.lastWriteTicks);
  AzureProperties.addChangeTicks(builder, facts.changeTicks);
  AzureProperties.addLastAccessTicks(builder, facts.lastAccessTicks);
  AzureProperties.addAttributes(builder, facts.attributes);
  AzureProperties.addEtag(builder, etag);
  AzureProperties.addContentMd5(builder, contentMd5);
  AzureProperties.addPermissionKey(builder, permissionKey);
  AzureProperties.addPermission(builder, permission);
  AzureProperties.addContentType(builder, contentType);
  AzureProperties.addUserMetadata(builder, userMetadata);
  return AzureProperties.endAzureProperties(builder);
}
