import { StorageError } from "../protocol/errors.ts";
import { headerOf, type AuthRequest } from "./auth-request.ts";
import type { Caller } from "./caller.ts";
import { sharedKeyStrings } from "./shared-key-string.ts";
import { signsOneOf } from "./signature.ts";

/** How far a client's clock may be from the server's, as the service allows. */
const SKEW_MS_MAX = 15 * 60 * 1000;

/** The account and its key, and the time. */
export interface AccountKey {
  readonly account: string;
  readonly key: Uint8Array;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Checks `Authorization: SharedKey account:signature`. Throws a StorageError that says which part is wrong. */
export function verifySharedKey(request: AuthRequest, credential: string, options: AccountKey): Caller {
  const colon = credential.lastIndexOf(":");
  if (colon <= 0) throw new StorageError("InvalidAuthenticationInfo");
  const account = credential.slice(0, colon);
  if (account !== options.account) throw failed(`The account ${account} is not the one this server serves.`);
  checkDate(request, options.nowMs());
  const texts = sharedKeyStrings(request, account);
  const signature = credential.slice(colon + 1);
  if (!signsOneOf(signature, texts, options.key)) {
    throw failed(
      `The MAC signature found in the HTTP request is not the same as any computed signature. Server used following string to sign: '${texts[0] ?? ""}'.`,
    );
  }
  return { kind: "sharedKey" };
}

function checkDate(request: AuthRequest, nowMs: number): void {
  const text = headerOf(request, "x-ms-date") || headerOf(request, "date");
  const dateMs = Date.parse(text);
  if (text === "" || Number.isNaN(dateMs)) throw failed("The Date header in the request is incorrect.");
  if (Math.abs(nowMs - dateMs) > SKEW_MS_MAX) throw failed(`Request date header too old or too new: '${text}'.`);
}

/** The refusal of a signature, with what the service puts into its `AuthenticationErrorDetail`. */
export function failed(detail: string): StorageError {
  return new StorageError("AuthenticationFailed", { details: { AuthenticationErrorDetail: detail } });
}
