import { StorageError } from "../protocol/errors.ts";
import type { OperationName } from "../protocol/operation.ts";
import {
  createDirectory,
  deleteDirectory,
  getDirectoryMetadata,
  getDirectoryProperties,
  setDirectoryMetadata,
  setDirectoryProperties,
} from "./directories.ts";
import { createFile, deleteFile, getFile, getFileMetadata, getFileProperties, setFileMetadata, setFileProperties } from "./files.ts";
import { abortCopyFile, copyFile, putRangeFromUrl } from "./copy.ts";
import { forceCloseHandles, listHandles } from "./handles.ts";
import { leaseFile, leaseShare } from "./leases.ts";
import { createHardLink, createSymbolicLink, getSymbolicLink } from "./links.ts";
import { listDirectoriesAndFiles } from "./listing.ts";
import { createPermission, getPermission } from "./permissions.ts";
import { listRanges, putRange } from "./ranges.ts";
import { renameDirectory, renameFile } from "./rename.ts";
import { getServiceProperties, setServiceProperties } from "./service-properties.ts";
import { deleteShare } from "./share-deletion.ts";
import { listShares } from "./share-listing.ts";
import { snapshotShare } from "./share-snapshots.ts";
import {
  createShare,
  getShareAcl,
  getShareMetadata,
  getShareProperties,
  getShareStats,
  setShareAcl,
  setShareMetadata,
  setShareProperties,
} from "./shares.ts";
import type { Handler } from "./world.ts";

const notImplemented: Handler = async () => {
  throw new StorageError("NotImplemented");
};

/** Who answers which operation. */
export const HANDLERS: Readonly<Record<OperationName, Handler>> = {
  ListShares: listShares,
  GetFileServiceProperties: getServiceProperties,
  SetFileServiceProperties: setServiceProperties,
  GetUserDelegationKey: notImplemented,
  CreateShare: createShare,
  GetShareProperties: getShareProperties,
  SetShareProperties: setShareProperties,
  GetShareMetadata: getShareMetadata,
  SetShareMetadata: setShareMetadata,
  GetShareAcl: getShareAcl,
  SetShareAcl: setShareAcl,
  GetShareStats: getShareStats,
  DeleteShare: deleteShare,
  RestoreShare: notImplemented,
  SnapshotShare: snapshotShare,
  LeaseShare: leaseShare,
  CreatePermission: createPermission,
  GetPermission: getPermission,
  ListDirectoriesAndFiles: listDirectoriesAndFiles,
  CreateDirectory: createDirectory,
  GetDirectoryProperties: getDirectoryProperties,
  SetDirectoryProperties: setDirectoryProperties,
  GetDirectoryMetadata: getDirectoryMetadata,
  SetDirectoryMetadata: setDirectoryMetadata,
  DeleteDirectory: deleteDirectory,
  RenameDirectory: renameDirectory,
  CreateFile: createFile,
  GetFile: getFile,
  GetFileProperties: getFileProperties,
  SetFileProperties: setFileProperties,
  GetFileMetadata: getFileMetadata,
  SetFileMetadata: setFileMetadata,
  DeleteFile: deleteFile,
  RenameFile: renameFile,
  PutRange: putRange,
  PutRangeFromUrl: putRangeFromUrl,
  ListRanges: listRanges,
  LeaseFile: leaseFile,
  CopyFile: copyFile,
  AbortCopyFile: abortCopyFile,
  CreateSymbolicLink: createSymbolicLink,
  GetSymbolicLink: getSymbolicLink,
  CreateHardLink: createHardLink,
  ListHandles: listHandles,
  ForceCloseHandles: forceCloseHandles,
};
