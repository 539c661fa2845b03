// Written by tools/generate-schema.ts from schema/varve.fbs; do not change by hand.

import type { TableShape } from "../flatbuffer-verifier.ts";

export const chunkReferenceShape: TableShape = {
  name: "ChunkReference",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // id
    { kind: "scalar", bytes: 4 }, // length
  ],
};

export const extendedAttributeShape: TableShape = {
  name: "ExtendedAttribute",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // name
    { kind: "vector", elementBytes: 1, alignment: 1 }, // value
    { kind: "table", table: chunkReferenceShape }, // chunk
  ],
};

export const aclEntryShape: TableShape = {
  name: "AclEntry",
  fields: [
    { kind: "scalar", bytes: 1 }, // kind
    { kind: "scalar", bytes: 4 }, // flags
    { kind: "scalar", bytes: 4 }, // permissions
    { kind: "scalar", bytes: 4 }, // id
    { kind: "string" }, // principal
  ],
};

export const versionReferenceShape: TableShape = {
  name: "VersionReference",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // snapshot
    { kind: "scalar", bytes: 8 }, // modified_ns
    { kind: "scalar", bytes: 8 }, // size
    { kind: "scalar", bytes: 8 }, // xor_hash
  ],
};

export const userMetadataShape: TableShape = {
  name: "UserMetadata",
  fields: [
    { kind: "string" }, // name
    { kind: "string" }, // value
  ],
};

export const azurePropertiesShape: TableShape = {
  name: "AzureProperties",
  fields: [
    { kind: "string" }, // etag
    { kind: "vector", elementBytes: 1, alignment: 1 }, // content_md5
    { kind: "scalar", bytes: 4 }, // attributes
    { kind: "scalar", bytes: 8 }, // creation_ticks
    { kind: "scalar", bytes: 8 }, // last_write_ticks
    { kind: "scalar", bytes: 8 }, // change_ticks
    { kind: "string" }, // permission_key
    { kind: "table", table: chunkReferenceShape }, // permission
    { kind: "string" }, // content_type
    { kind: "tables", table: userMetadataShape }, // user_metadata
    { kind: "scalar", bytes: 8 }, // last_access_ticks
  ],
};

export const directoryMetadataShape: TableShape = {
  name: "DirectoryMetadata",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // page_id
    { kind: "scalar", bytes: 4 }, // page_length
    { kind: "scalar", bytes: 8 }, // child_count
    { kind: "scalar", bytes: 8 }, // total_files
    { kind: "scalar", bytes: 8 }, // total_directories
    { kind: "scalar", bytes: 8 }, // total_bytes
  ],
};

export const fileMetadataShape: TableShape = {
  name: "FileMetadata",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // name
    { kind: "scalar", bytes: 1 }, // kind
    { kind: "scalar", bytes: 2 }, // mode
    { kind: "scalar", bytes: 8 }, // node_id
    { kind: "scalar", bytes: 8 }, // size
    { kind: "scalar", bytes: 8 }, // modified_ns
    { kind: "scalar", bytes: 8 }, // changed_ns
    { kind: "scalar", bytes: 8 }, // accessed_ns
    { kind: "scalar", bytes: 8 }, // born_ns
    { kind: "scalar", bytes: 4 }, // uid
    { kind: "scalar", bytes: 4 }, // gid
    { kind: "string" }, // user
    { kind: "string" }, // group
    { kind: "scalar", bytes: 8 }, // xor_hash
    { kind: "vector", elementBytes: 1, alignment: 1 }, // chunk_ids
    { kind: "vector", elementBytes: 4, alignment: 4 }, // chunk_lengths
    { kind: "scalar", bytes: 4 }, // links
    { kind: "table", table: directoryMetadataShape }, // directory
    { kind: "vector", elementBytes: 1, alignment: 1 }, // link_target
    { kind: "tables", table: extendedAttributeShape }, // attributes
    { kind: "scalar", bytes: 1 }, // sparse
    { kind: "vector", elementBytes: 16, alignment: 8 }, // extents
    { kind: "scalar", bytes: 8 }, // device
    { kind: "scalar", bytes: 8 }, // parent_id
    { kind: "vector", elementBytes: 1, alignment: 1 }, // full_path
    { kind: "vector", elementBytes: 1, alignment: 1 }, // content_hash
    { kind: "tables", table: aclEntryShape }, // acl
    { kind: "tables", table: versionReferenceShape }, // versions
    { kind: "table", table: azurePropertiesShape }, // azure
  ],
};

export const pageReferenceShape: TableShape = {
  name: "PageReference",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // first_name
    { kind: "vector", elementBytes: 1, alignment: 1 }, // id
    { kind: "scalar", bytes: 4 }, // length
    { kind: "scalar", bytes: 8 }, // entry_count
  ],
};

export const directoryPageShape: TableShape = {
  name: "DirectoryPage",
  fields: [
    { kind: "scalar", bytes: 1 }, // level
    { kind: "tables", table: fileMetadataShape }, // entries
    { kind: "tables", table: pageReferenceShape }, // children
  ],
};

export const issueShape: TableShape = {
  name: "Issue",
  fields: [
    { kind: "string" }, // path
    { kind: "string" }, // code
    { kind: "string" }, // message
  ],
};

export const scanResultShape: TableShape = {
  name: "ScanResult",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // source_path
    { kind: "string" }, // source_key
    { kind: "scalar", bytes: 8 }, // started_ns
    { kind: "scalar", bytes: 8 }, // finished_ns
    { kind: "scalar", bytes: 8 }, // files
    { kind: "scalar", bytes: 8 }, // directories
    { kind: "scalar", bytes: 8 }, // bytes
    { kind: "scalar", bytes: 8 }, // added
    { kind: "scalar", bytes: 8 }, // modified
    { kind: "scalar", bytes: 8 }, // moved
    { kind: "scalar", bytes: 8 }, // deleted
    { kind: "tables", table: issueShape }, // errors
    { kind: "scalar", bytes: 8 }, // error_count
  ],
};

export const manifestSourceShape: TableShape = {
  name: "ManifestSource",
  fields: [
    { kind: "vector", elementBytes: 1, alignment: 1 }, // path
    { kind: "string" }, // key
    { kind: "table", table: fileMetadataShape }, // root
    { kind: "string" }, // share_snapshot
  ],
};

export const backupManifestShape: TableShape = {
  name: "BackupManifest",
  fields: [
    { kind: "scalar", bytes: 8 }, // started_ns
    { kind: "scalar", bytes: 8 }, // finished_ns
    { kind: "string" }, // host
    { kind: "string" }, // user
    { kind: "strings" }, // tags
    { kind: "string" }, // parent
    { kind: "string" }, // program
    { kind: "tables", table: manifestSourceShape }, // sources
    { kind: "scalar", bytes: 8 }, // files
    { kind: "scalar", bytes: 8 }, // directories
    { kind: "scalar", bytes: 8 }, // bytes
    { kind: "scalar", bytes: 8 }, // added_bytes
    { kind: "scalar", bytes: 8 }, // stored_bytes
    { kind: "scalar", bytes: 8 }, // files_new
    { kind: "scalar", bytes: 8 }, // files_changed
    { kind: "scalar", bytes: 8 }, // files_unmodified
    { kind: "tables", table: issueShape }, // issues
    { kind: "scalar", bytes: 8 }, // issue_count
  ],
};
