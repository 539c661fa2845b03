import type { Builder, Offset } from "flatbuffers";
import { assert } from "../shared/assert.ts";
import { writeAzureFacts } from "./azure-encoder.ts";
import { CHUNK_ID_BYTES } from "./entry.ts";
import type { DirectoryFacts, Entry, ExtendedAttribute, Extent } from "./entry.ts";
import { DataExtent } from "./generated/data-extent.ts";
import { DirectoryMetadata } from "./generated/directory-metadata.ts";
import { ExtendedAttribute as AttributeTable } from "./generated/extended-attribute.ts";
import { FileMetadata } from "./generated/file-metadata.ts";
import { writeByteString, writeChunkRef, writeOffsets, writeText } from "./write-parts.ts";

/** Writes one entry as a `FileMetadata` table. */
export function writeEntry(builder: Builder, entry: Entry): Offset {
  // A table cannot be interrupted, so everything it refers to comes first.
  const name = writeByteString(builder, entry.name);
  const user = writeText(builder, entry.user);
  const group = writeText(builder, entry.group);
  const { ids, lengths } = entry.content;
  assert(ids.length === lengths.length * CHUNK_ID_BYTES, "an entry has one id for each chunk length");
  const chunkIds = lengths.length === 0 ? 0 : builder.createByteVector(ids);
  const chunkLengths = lengths.length === 0 ? 0 : FileMetadata.createChunkLengthsVector(builder, lengths);
  const linkTarget = writeByteString(builder, entry.linkTarget);
  const attributes = entry.attributes.length === 0 ? 0 : writeAttributes(builder, entry.attributes);
  const extents = entry.extents === undefined ? 0 : writeExtents(builder, entry.extents);
  const directory = entry.directory === undefined ? 0 : writeDirectory(builder, entry.directory);
  const azure = entry.azure === undefined ? 0 : writeAzureFacts(builder, entry.azure);

  FileMetadata.startFileMetadata(builder);
  addScalars(builder, entry);
  FileMetadata.addName(builder, name);
  FileMetadata.addUser(builder, user);
  FileMetadata.addGroup(builder, group);
  FileMetadata.addChunkIds(builder, chunkIds);
  FileMetadata.addChunkLengths(builder, chunkLengths);
  FileMetadata.addLinkTarget(builder, linkTarget);
  FileMetadata.addAttributes(builder, attributes);
  FileMetadata.addExtents(builder, extents);
  FileMetadata.addDirectory(builder, directory);
  FileMetadata.addAzure(builder, azure);
  return FileMetadata.endFileMetadata(builder);
}

/** Widest first: each field is then aligned without padding. */
function addScalars(builder: Builder, entry: Entry): void {
  FileMetadata.addNodeId(builder, entry.nodeId);
  FileMetadata.addSize(builder, BigInt(entry.size));
  FileMetadata.addModifiedNs(builder, entry.modifiedNs);
  FileMetadata.addChangedNs(builder, entry.changedNs);
  FileMetadata.addAccessedNs(builder, entry.accessedNs);
  FileMetadata.addBornNs(builder, entry.bornNs);
  FileMetadata.addXorHash(builder, entry.xorHash);
  FileMetadata.addDevice(builder, entry.device);
  FileMetadata.addUid(builder, entry.uid);
  FileMetadata.addGid(builder, entry.gid);
  FileMetadata.addLinks(builder, entry.links);
  FileMetadata.addMode(builder, entry.mode);
  FileMetadata.addKind(builder, entry.kind);
  FileMetadata.addSparse(builder, entry.extents !== undefined);
}

function writeAttributes(builder: Builder, attributes: readonly ExtendedAttribute[]): Offset {
  return writeOffsets(
    builder,
    attributes.map((attribute) => {
      const name = writeByteString(builder, attribute.name);
      const value = attribute.value instanceof Uint8Array ? builder.createByteVector(attribute.value) : 0;
      const chunk = attribute.value instanceof Uint8Array ? 0 : writeChunkRef(builder, attribute.value);
      AttributeTable.startExtendedAttribute(builder);
      AttributeTable.addName(builder, name);
      AttributeTable.addValue(builder, value);
      AttributeTable.addChunk(builder, chunk);
      return AttributeTable.endExtendedAttribute(builder);
    }),
  );
}

function writeExtents(builder: Builder, extents: readonly Extent[]): Offset {
  FileMetadata.startExtentsVector(builder, extents.length);
  for (const extent of extents.toReversed()) DataExtent.createDataExtent(builder, BigInt(extent.offset), BigInt(extent.length));
  return builder.endVector();
}

function writeDirectory(builder: Builder, directory: DirectoryFacts): Offset {
  const pageId = builder.createByteVector(directory.page.id);
  DirectoryMetadata.startDirectoryMetadata(builder);
  DirectoryMetadata.addChildCount(builder, BigInt(directory.entryCount));
  DirectoryMetadata.addTotalFiles(builder, BigInt(directory.totalFiles));
  DirectoryMetadata.addTotalDirectories(builder, BigInt(directory.totalDirectories));
  DirectoryMetadata.addTotalBytes(builder, BigInt(directory.totalBytes));
  DirectoryMetadata.addPageId(builder, pageId);
  DirectoryMetadata.addPageLength(builder, directory.page.length);
  return DirectoryMetadata.endDirectoryMetadata(builder);
}
