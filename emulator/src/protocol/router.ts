import { invalidQuery, StorageError } from "./errors.ts";
import type { OperationName } from "./operation.ts";
import type { RequestPath } from "./path-names.ts";

/** What decides about the operation. */
export interface RouteInput extends Pick<RequestPath, "share" | "path"> {
  readonly method: string;
  readonly query: ReadonlyMap<string, string>;
  readonly has: (header: string) => boolean;
}

/** Operations by `method comp`, in each of which `GET` also answers for `HEAD`. */
type Table = Readonly<Record<string, OperationName>>;

const SERVICE: Table = {
  "GET list": "ListShares",
  "GET properties": "GetFileServiceProperties",
  "PUT properties": "SetFileServiceProperties",
  "POST userdelegationkey": "GetUserDelegationKey",
};

const SHARE: Table = {
  "PUT ": "CreateShare",
  "GET ": "GetShareProperties",
  "DELETE ": "DeleteShare",
  "PUT properties": "SetShareProperties",
  "GET metadata": "GetShareMetadata",
  "PUT metadata": "SetShareMetadata",
  "GET acl": "GetShareAcl",
  "PUT acl": "SetShareAcl",
  "GET stats": "GetShareStats",
  "PUT snapshot": "SnapshotShare",
  "PUT lease": "LeaseShare",
  "PUT filepermission": "CreatePermission",
  "GET filepermission": "GetPermission",
  "PUT undelete": "RestoreShare",
};

const DIRECTORY: Table = {
  "GET list": "ListDirectoriesAndFiles",
  "PUT ": "CreateDirectory",
  "GET ": "GetDirectoryProperties",
  "DELETE ": "DeleteDirectory",
  "PUT properties": "SetDirectoryProperties",
  "GET metadata": "GetDirectoryMetadata",
  "PUT metadata": "SetDirectoryMetadata",
  "PUT rename": "RenameDirectory",
};

const FILE: Table = {
  "PUT ": "CreateFile",
  "DELETE ": "DeleteFile",
  "PUT properties": "SetFileProperties",
  "GET metadata": "GetFileMetadata",
  "PUT metadata": "SetFileMetadata",
  "PUT rename": "RenameFile",
  "PUT range": "PutRange",
  "GET rangelist": "ListRanges",
  "PUT lease": "LeaseFile",
  "PUT copy": "AbortCopyFile",
};

/** Of files and directories alike. */
const NODE: Table = { "GET listhandles": "ListHandles", "PUT forceclosehandles": "ForceCloseHandles" };

/** Tables of what `restype` can say below a share. */
const RESTYPES: Readonly<Record<string, Table>> = {
  directory: DIRECTORY,
  symboliclink: { "PUT ": "CreateSymbolicLink", "GET ": "GetSymbolicLink" },
  hardlink: { "PUT ": "CreateHardLink" },
};

/** Which operation a request means. Throws InvalidQueryParameterValue, UnsupportedHttpVerb, InvalidUri. */
export function route(input: RouteInput): OperationName {
  const { method, query, share, path } = input;
  const restype = word(query, "restype");
  const isRead = method === "HEAD" || method === "GET";
  const key = `${isRead ? "GET" : method} ${word(query, "comp")}`;
  if (share === "") return pick(SERVICE, key, input);
  if (NODE[key] !== undefined) return NODE[key];
  if (restype === "share" && path.length === 0) return pick(SHARE, key, input);
  const table = RESTYPES[restype];
  if (path.length === 0 && table !== DIRECTORY) throw new StorageError("InvalidUri");
  if (table !== undefined) return pick(table, key, input);
  if (restype !== "") throw invalidQuery("restype", restype);
  return fileOperation(key, input);
}

function word(query: ReadonlyMap<string, string>, name: string): string {
  return query.get(name)?.toLowerCase() ?? "";
}

function fileOperation(key: string, input: RouteInput): OperationName {
  if (key === "GET ") return input.method === "HEAD" ? "GetFileProperties" : "GetFile";
  const fromUrl = input.has("x-ms-copy-source");
  if (key === "PUT " && fromUrl) return "CopyFile";
  if (key === "PUT range" && fromUrl) return "PutRangeFromUrl";
  return pick(FILE, key, input);
}

function pick(table: Table, key: string, { method, query }: RouteInput): OperationName {
  const operation = table[key];
  if (operation !== undefined) return operation;
  const comp = word(query, "comp");
  const knowsComp = Object.keys(table).some((known) => known.endsWith(` ${comp}`));
  throw knowsComp ? new StorageError("UnsupportedHttpVerb", { details: { HttpVerb: method } }) : invalidQuery("comp", comp);
}
