import assert from "node:assert/strict";
import { StorageSharedKeyCredential } from "@azure/storage-file-share";
import type { AuthRequest } from "../../src/auth/auth-request.ts";
import { authenticate, type AuthOptions } from "../../src/auth/authenticate.ts";
import { StorageError, type StorageErrorCode } from "../../src/protocol/errors.ts";

export const ACCOUNT = "testaccount";

/** Base64, as the portal shows keys. */
export const KEY: string = Buffer.from("a key that is only used in tests, of 64 bytes as the real ones are").toString("base64");

export const credential: StorageSharedKeyCredential = new StorageSharedKeyCredential(ACCOUNT, KEY);

/** The server's side of the same account; bearer tokens are refused and the time is the machine's. */
export const options: AuthOptions = {
  account: ACCOUNT,
  key: Buffer.from(KEY, "base64"),
  nowMs: () => Date.now(),
  bearer: "refused",
};

/** A request to a path of the account, with a query and nothing else. */
export function bareRequest(target: string, more: Partial<AuthRequest> = {}): AuthRequest {
  return { method: "GET", target: `/${ACCOUNT}${target}`, headers: {}, remoteAddress: "127.0.0.1", protocol: "http", ...more };
}

/** Asserts that the request is refused with this code, and gives the error. */
export async function refusal(request: AuthRequest, code: StorageErrorCode, more: Partial<AuthOptions> = {}): Promise<StorageError> {
  try {
    await authenticate(request, { ...options, ...more });
  } catch (error) {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.code, code, JSON.stringify(error.details));
    return error;
  }
  assert.fail(`not refused with ${code}`);
}
