/**
 * The closed list of what a request can ask for, by the names of the service's own reference. Router, log, counters, fault rules and the
 * permission table of shared access signatures all speak of operations by these names.
 */
export const OPERATIONS = [
  // Account.
  "ListShares",
  "GetFileServiceProperties",
  "SetFileServiceProperties",
  "GetUserDelegationKey",
  // Shares.
  "CreateShare",
  "GetShareProperties",
  "SetShareProperties",
  "GetShareMetadata",
  "SetShareMetadata",
  "GetShareAcl",
  "SetShareAcl",
  "GetShareStats",
  "DeleteShare",
  "RestoreShare",
  "SnapshotShare",
  "LeaseShare",
  "CreatePermission",
  "GetPermission",
  // Directories.
  "ListDirectoriesAndFiles",
  "CreateDirectory",
  "GetDirectoryProperties",
  "SetDirectoryProperties",
  "GetDirectoryMetadata",
  "SetDirectoryMetadata",
  "DeleteDirectory",
  "RenameDirectory",
  // Files.
  "CreateFile",
  "GetFile",
  "GetFileProperties",
  "SetFileProperties",
  "GetFileMetadata",
  "SetFileMetadata",
  "DeleteFile",
  "RenameFile",
  "PutRange",
  "PutRangeFromUrl",
  "ListRanges",
  "LeaseFile",
  "CopyFile",
  "AbortCopyFile",
  "CreateSymbolicLink",
  "GetSymbolicLink",
  "CreateHardLink",
  // Handles of files and directories.
  "ListHandles",
  "ForceCloseHandles",
] as const;

/** What one request asks for. */
export type OperationName = (typeof OPERATIONS)[number];

/** True for operations that change a share, its tree or its content; the others only read. */
export function isWrite(operation: OperationName): boolean {
  return !READS.has(operation);
}

const READS: ReadonlySet<OperationName> = new Set<OperationName>([
  "ListShares",
  "GetFileServiceProperties",
  "GetUserDelegationKey",
  "GetShareProperties",
  "GetShareMetadata",
  "GetShareAcl",
  "GetShareStats",
  "GetPermission",
  "ListDirectoriesAndFiles",
  "GetDirectoryProperties",
  "GetDirectoryMetadata",
  "GetFile",
  "GetFileProperties",
  "GetFileMetadata",
  "ListRanges",
  "GetSymbolicLink",
  "ListHandles",
]);
