import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATIONS } from "./operation.ts";
import { parseRequestPath } from "./path-names.ts";
import { parseQuery } from "./request.ts";
import { route } from "./router.ts";

function ask(line: string, header = ""): string {
  const [method = "", target = ""] = line.split(" ");
  const [pathname = "", search = ""] = target.split("?");
  return route({ method, ...parseRequestPath(pathname, "acct"), query: parseQuery(search), has: (name) => name === header });
}

/** One request for each operation. */
const REQUESTS: readonly (readonly [line: string, operation: string, header?: string])[] = [
  ["GET /acct?comp=list", "ListShares"],
  ["GET /acct?restype=service&comp=properties", "GetFileServiceProperties"],
  ["PUT /acct?restype=service&comp=properties", "SetFileServiceProperties"],
  ["POST /acct?restype=service&comp=userdelegationkey", "GetUserDelegationKey"],
  ["PUT /acct/s?restype=share", "CreateShare"],
  ["GET /acct/s?restype=share", "GetShareProperties"],
  ["PUT /acct/s?restype=share&comp=properties", "SetShareProperties"],
  ["GET /acct/s?restype=share&comp=metadata", "GetShareMetadata"],
  ["PUT /acct/s?restype=share&comp=metadata", "SetShareMetadata"],
  ["GET /acct/s?restype=share&comp=acl", "GetShareAcl"],
  ["PUT /acct/s?restype=share&comp=acl", "SetShareAcl"],
  ["GET /acct/s?restype=share&comp=stats", "GetShareStats"],
  ["DELETE /acct/s?restype=share", "DeleteShare"],
  ["PUT /acct/s?restype=share&comp=undelete", "RestoreShare"],
  ["PUT /acct/s?restype=share&comp=snapshot", "SnapshotShare"],
  ["PUT /acct/s?restype=share&comp=lease", "LeaseShare"],
  ["PUT /acct/s?restype=share&comp=filepermission", "CreatePermission"],
  ["GET /acct/s?restype=share&comp=filepermission", "GetPermission"],
  ["GET /acct/s?restype=directory&comp=list", "ListDirectoriesAndFiles"],
  ["PUT /acct/s/d?restype=directory", "CreateDirectory"],
  ["GET /acct/s?restype=directory", "GetDirectoryProperties"],
  ["PUT /acct/s/d?restype=directory&comp=properties", "SetDirectoryProperties"],
  ["GET /acct/s/d?restype=directory&comp=metadata", "GetDirectoryMetadata"],
  ["PUT /acct/s/d?restype=directory&comp=metadata", "SetDirectoryMetadata"],
  ["DELETE /acct/s/d?restype=directory", "DeleteDirectory"],
  ["PUT /acct/s/d?restype=directory&comp=rename", "RenameDirectory"],
  ["PUT /acct/s/f", "CreateFile"],
  ["GET /acct/s/f", "GetFile"],
  ["HEAD /acct/s/f", "GetFileProperties"],
  ["PUT /acct/s/f?comp=properties", "SetFileProperties"],
  ["GET /acct/s/f?comp=metadata", "GetFileMetadata"],
  ["PUT /acct/s/f?comp=metadata", "SetFileMetadata"],
  ["DELETE /acct/s/f", "DeleteFile"],
  ["PUT /acct/s/f?comp=rename", "RenameFile"],
  ["PUT /acct/s/f?comp=range", "PutRange"],
  ["PUT /acct/s/f?comp=range", "PutRangeFromUrl", "x-ms-copy-source"],
  ["GET /acct/s/f?comp=rangelist", "ListRanges"],
  ["PUT /acct/s/f?comp=lease", "LeaseFile"],
  ["PUT /acct/s/f", "CopyFile", "x-ms-copy-source"],
  ["PUT /acct/s/f?comp=copy", "AbortCopyFile"],
  ["PUT /acct/s/f?restype=symboliclink", "CreateSymbolicLink"],
  ["GET /acct/s/f?restype=symboliclink", "GetSymbolicLink"],
  ["PUT /acct/s/f?restype=hardlink", "CreateHardLink"],
  ["GET /acct/s/f?comp=listhandles", "ListHandles"],
  ["PUT /acct/s?comp=forceclosehandles", "ForceCloseHandles"],
];

test("route() knows a request for every operation", () => {
  for (const [line, operation, header] of REQUESTS) assert.equal(ask(line, header), operation, line);
  assert.deepEqual(new Set(REQUESTS.map(([, operation]) => operation)), new Set(OPERATIONS));
});

test("route() takes paths without the account, and words in any case", () => {
  assert.equal(ask("GET /s/d?RESTYPE=Directory&Comp=LIST"), "ListDirectoriesAndFiles");
  assert.equal(ask("HEAD /s?restype=share"), "GetShareProperties");
});

test("route() refuses what means nothing", () => {
  assert.throws(() => ask("GET /acct/s"), { code: "InvalidUri" });
  assert.throws(() => ask("GET /acct/s/f?comp=none"), { code: "InvalidQueryParameterValue" });
  assert.throws(() => ask("GET /acct/s/f?restype=none"), { code: "InvalidQueryParameterValue" });
  assert.throws(() => ask("PATCH /acct/s/f"), { code: "UnsupportedHttpVerb" });
  assert.throws(() => ask("GET /acct/s/%ff"), { code: "InvalidUri" });
});
