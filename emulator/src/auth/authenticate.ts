import { missingHeader, StorageError } from "../protocol/errors.ts";
import { headerOf, type AuthRequest } from "./auth-request.ts";
import type { Caller } from "./caller.ts";
import { sasTokenOf } from "./sas-token.ts";
import { verifySas, type PolicyLookup } from "./sas.ts";
import { failed, verifySharedKey, type AccountKey } from "./shared-key.ts";

const CHALLENGE =
  "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com";

/** Whose requests are believed. */
export interface AuthOptions extends AccountKey {
  /** `open`: any bearer token is believed, as long as the request declares backup intent. */
  readonly bearer: "open" | "refused";
  /** Finds stored access policies; without it signatures that name one are refused. */
  readonly policyOf?: PolicyLookup;
}

/**
 * Who sent the request: by shared key, shared access signature or bearer token. Throws the StorageError the service would answer
 * with. What the caller may do is `authorize`'s question.
 */
export async function authenticate(request: AuthRequest, options: AuthOptions): Promise<Caller> {
  const authorization = headerOf(request, "authorization");
  if (authorization !== "") return verifyAuthorization(request, authorization, options);
  const token = sasTokenOf(request.target);
  if (token !== undefined) return await verifySas(request, token, options);
  throw new StorageError("NoAuthenticationInformation", { headers: { "WWW-Authenticate": CHALLENGE } });
}

function verifyAuthorization(request: AuthRequest, authorization: string, options: AuthOptions): Caller {
  const [scheme = "", credential = ""] = authorization.split(/ +/, 2);
  switch (scheme.toLowerCase()) {
    case "sharedkey":
      return verifySharedKey(request, credential, options);
    case "bearer":
      return verifyBearer(request, credential, options);
    case "sharedkeylite":
      throw failed("This server does not know SharedKeyLite; sign with SharedKey.");
    default:
      throw new StorageError("InvalidAuthenticationInfo");
  }
}

function verifyBearer(request: AuthRequest, credential: string, { bearer }: AuthOptions): Caller {
  if (bearer === "refused" || credential === "") {
    throw failed("Bearer tokens are only believed when the server was started with its open bearer mode.");
  }
  // Files refuses identities without it: the intent says that file permissions are bypassed knowingly.
  if (headerOf(request, "x-ms-file-request-intent").toLowerCase() !== "backup") throw missingHeader("x-ms-file-request-intent");
  return { kind: "bearer" };
}
