import type { OperationName } from "../protocol/operation.ts";

/** What a signature must grant for an operation. */
export interface PermissionNeed {
  /** Letter an account SAS needs in `srt`: service, container (a share), object (a file or directory). */
  readonly resourceType: "s" | "c" | "o";
  /** Letters of `sp`, any one of which is enough; none when no signature is enough. */
  readonly anyOf: string;
  /** The narrowest signature that may do it: of the account, of the share, or of the file itself. */
  readonly narrowest: "account" | "share" | "file";
}

const account = (resourceType: "s" | "c", anyOf: string): PermissionNeed => ({ resourceType, anyOf, narrowest: "account" });
const share = (resourceType: "c" | "o", anyOf: string): PermissionNeed => ({ resourceType, anyOf, narrowest: "share" });
const file = (anyOf: string): PermissionNeed => ({ resourceType: "o", anyOf, narrowest: "file" });

/**
 * The service's table of permissions. What concerns a share as a whole needs a signature of the account; lists of policies and
 * delegation keys are out of reach for every signature.
 */
export const PERMISSION_NEEDS: Readonly<Record<OperationName, PermissionNeed>> = {
  ListShares: account("s", "l"),
  GetFileServiceProperties: account("s", "r"),
  SetFileServiceProperties: account("s", "w"),
  GetUserDelegationKey: account("s", ""),
  CreateShare: account("c", "cw"),
  GetShareProperties: account("c", "r"),
  SetShareProperties: account("c", "w"),
  GetShareMetadata: account("c", "r"),
  SetShareMetadata: account("c", "w"),
  GetShareAcl: account("c", ""),
  SetShareAcl: account("c", ""),
  GetShareStats: account("c", "r"),
  DeleteShare: account("c", "d"),
  RestoreShare: account("c", "cw"),
  SnapshotShare: account("c", "cw"),
  LeaseShare: account("c", "wd"),
  CreatePermission: share("c", "cw"),
  GetPermission: share("c", "r"),
  ListDirectoriesAndFiles: share("c", "l"),
  CreateDirectory: share("o", "cw"),
  GetDirectoryProperties: share("o", "r"),
  SetDirectoryProperties: share("o", "w"),
  GetDirectoryMetadata: share("o", "r"),
  SetDirectoryMetadata: share("o", "w"),
  DeleteDirectory: share("o", "d"),
  RenameDirectory: share("o", "w"),
  CreateFile: file("cw"),
  GetFile: file("r"),
  GetFileProperties: file("r"),
  SetFileProperties: file("w"),
  GetFileMetadata: file("r"),
  SetFileMetadata: file("w"),
  DeleteFile: file("d"),
  RenameFile: file("w"),
  PutRange: file("w"),
  PutRangeFromUrl: file("w"),
  ListRanges: file("r"),
  LeaseFile: file("wd"),
  CopyFile: file("cw"),
  AbortCopyFile: file("w"),
  CreateSymbolicLink: file("cw"),
  GetSymbolicLink: file("r"),
  CreateHardLink: file("cw"),
  ListHandles: share("o", "l"),
  ForceCloseHandles: share("o", "w"),
};
