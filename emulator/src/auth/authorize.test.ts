import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATIONS } from "../protocol/operation.ts";
import { isWrite, type OperationName } from "../protocol/operation.ts";
import { authorize } from "./authorize.ts";
import type { Caller } from "./caller.ts";

/** The code an operation is refused with; empty when it passes. */
function outcome(caller: Caller, operation: OperationName): string {
  try {
    authorize(caller, operation);
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const allowed = (caller: Caller): readonly OperationName[] => OPERATIONS.filter((operation) => outcome(caller, operation) === "");
const account = (permissions: string, resourceTypes: string): Caller => ({ kind: "accountSas", permissions, resourceTypes });

test("authorize() lets the owner and bearers of a token do everything", () => {
  assert.deepEqual(allowed({ kind: "sharedKey" }), OPERATIONS);
  assert.deepEqual(allowed({ kind: "bearer" }), OPERATIONS);
});

test("authorize() lets nobody with a read and list signature write", () => {
  for (const caller of [account("rl", "sco"), { kind: "shareSas", permissions: "rl" }, { kind: "fileSas", permissions: "rl" }] as const) {
    const writes = allowed(caller).filter(isWrite);
    assert.deepEqual(writes, []);
    assert.ok(allowed(caller).includes("GetFile"));
  }
});

test("authorize() lets a signature with all permissions do all but what needs the key", () => {
  const left = OPERATIONS.filter((operation) => outcome(account("rwdlacup", "sco"), operation) !== "");
  assert.deepEqual(left, ["GetUserDelegationKey", "GetShareAcl", "SetShareAcl"]);
  assert.equal(outcome(account("rwdlacup", "sco"), "SetShareAcl"), "AuthorizationFailure");
});

test("authorize() names a missing permission and a missing resource type apart", () => {
  assert.equal(outcome(account("r", "o"), "GetFile"), "");
  assert.equal(outcome(account("l", "o"), "GetFile"), "AuthorizationPermissionMismatch");
  assert.equal(outcome(account("r", "sc"), "GetFile"), "AuthorizationResourceTypeMismatch");
  assert.equal(outcome(account("l", "co"), "ListShares"), "AuthorizationResourceTypeMismatch");
  assert.equal(outcome(account("l", "s"), "ListShares"), "");
});

test("authorize() keeps signatures of a share away from the share itself", () => {
  const caller: Caller = { kind: "shareSas", permissions: "rcwdl" };
  for (const operation of ["GetShareProperties", "SnapshotShare", "DeleteShare", "ListShares", "LeaseShare", "SetShareAcl"] as const) {
    assert.equal(outcome(caller, operation), "AuthorizationFailure", operation);
  }
  for (const operation of ["ListDirectoriesAndFiles", "CreateDirectory", "GetPermission", "PutRange", "ForceCloseHandles"] as const) {
    assert.equal(outcome(caller, operation), "", operation);
  }
});

test("authorize() does not take a file's signature for anything but files", () => {
  const caller: Caller = { kind: "fileSas", permissions: "rcwdl" };
  for (const operation of ["ListDirectoriesAndFiles", "CreateDirectory", "CreatePermission", "ListHandles", "DeleteShare"] as const) {
    assert.equal(outcome(caller, operation), "AuthenticationFailed", operation);
  }
  assert.equal(outcome(caller, "PutRange"), "");
});

test("authorize() takes create or write for new things, and write alone for changes", () => {
  const create: Caller = { kind: "shareSas", permissions: "c" };
  assert.equal(outcome(create, "CreateFile"), "");
  assert.equal(outcome(create, "CopyFile"), "");
  assert.equal(outcome(create, "PutRange"), "AuthorizationPermissionMismatch");
  assert.equal(outcome({ kind: "shareSas", permissions: "w" }, "CreateDirectory"), "");
});
