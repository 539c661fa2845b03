import { StorageError } from "../protocol/errors.ts";
import { inAddressRange } from "./address-range.ts";
import { pathOf, percentDecoded, type AuthRequest } from "./auth-request.ts";
import type { Caller } from "./caller.ts";
import { accountSasString, serviceSasString } from "./sas-string.ts";
import { sasTimeMs, type SasToken } from "./sas-token.ts";
import { failed, type AccountKey } from "./shared-key.ts";
import { signsOneOf } from "./signature.ts";

/** The first version that knew account signatures, and the first in which files had any. */
const ACCOUNT_VERSION_MIN = "2015-04-05";
const SERVICE_VERSION_MIN = "2015-02-21";

/** What a share keeps under an identifier, for signatures that only name it. Empty fields are left to the signature. */
export interface AccessPolicy {
  readonly permissions: string;
  readonly start: string;
  readonly expiry: string;
}

/** Finds a stored access policy of a share. */
export type PolicyLookup = (share: string, identifier: string) => Promise<AccessPolicy | undefined>;

/** Checks a shared access signature. Throws a StorageError: the signature first, then time, protocol, address and service. */
export async function verifySas(request: AuthRequest, token: SasToken, options: AccountKey & { policyOf?: PolicyLookup }): Promise<Caller> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(token.sv)) throw failed("sv is not a version of the service.");
  if (token.skoid !== "") throw failed("This server has no user delegation keys; sign with the account's key.");
  const isAccount = token.ss !== "" || token.srt !== "";
  const caller = isAccount ? verifyAccountSas(token, options) : await verifyServiceSas(request, token, options);
  checkConnection(request, token);
  if (isAccount && !token.ss.includes("f")) throw new StorageError("AuthorizationServiceMismatch");
  return caller;
}

function verifyAccountSas(token: SasToken, options: AccountKey): Caller {
  if (token.sv < ACCOUNT_VERSION_MIN) throw failed(`sv has to be ${ACCOUNT_VERSION_MIN} or later for a signature of the account.`);
  if (token.ss === "" || token.srt === "" || token.sp === "")
    throw failed("Signature fields not well formed: ss, srt and sp are mandatory.");
  checkSignature(token, accountSasString(token, options.account), options);
  checkTimes(token, options.nowMs());
  return { kind: "accountSas", permissions: token.sp, resourceTypes: token.srt };
}

async function verifyServiceSas(request: AuthRequest, token: SasToken, options: AccountKey & { policyOf?: PolicyLookup }): Promise<Caller> {
  if (token.sv < SERVICE_VERSION_MIN) throw failed(`sv has to be ${SERVICE_VERSION_MIN} or later for files.`);
  if (token.sr !== "s" && token.sr !== "f") throw failed("Signature fields not well formed: sr has to be s (share) or f (file).");
  const path = signedPath(request.target, options.account);
  const share = path.split("/")[0] ?? "";
  checkSignature(token, serviceSasString(token, options.account, token.sr === "s" ? share : path), options);
  const grant = await withPolicy(token, share, options.policyOf);
  checkTimes(grant, options.nowMs());
  if (grant.sp === "") throw failed("sp is mandatory. Cannot be empty");
  return { kind: token.sr === "s" ? "shareSas" : "fileSas", permissions: grant.sp };
}

/** `share/path`, decoded: what follows the account in a URL of the path style. */
function signedPath(target: string, account: string): string {
  const path = percentDecoded(pathOf(target)).replace(/^\/+/, "");
  return path.startsWith(`${account}/`) ? path.slice(account.length + 1).replace(/\/+$/, "") : path;
}

function checkSignature(token: SasToken, text: string, { key }: AccountKey): void {
  if (!signsOneOf(token.sig, [text], key)) throw failed(`Signature did not match. String to sign used was ${text}`);
}

/** A field may be in the signature or in the stored policy, never in both. */
async function withPolicy(token: SasToken, share: string, policyOf: PolicyLookup | undefined): Promise<Pick<SasToken, "sp" | "st" | "se">> {
  if (token.si === "") return token;
  const policy = await policyOf?.(share, token.si);
  if (policy === undefined) throw failed(`Identifier '${token.si}' is not one of the share's stored access policies.`);
  const clash = (token.sp !== "" && policy.permissions !== "") || (token.se !== "" && policy.expiry !== "");
  if (clash) throw failed("A field is given both in the signature and in the stored access policy.");
  return { sp: token.sp || policy.permissions, st: token.st || policy.start, se: token.se || policy.expiry };
}

function checkTimes({ st, se }: Pick<SasToken, "st" | "se">, nowMs: number): void {
  if (se === "") throw failed("se is mandatory. Cannot be empty");
  const expiryMs = sasTimeMs(se);
  const startMs = st === "" ? Number.NEGATIVE_INFINITY : sasTimeMs(st);
  if (expiryMs === undefined || startMs === undefined) throw failed("Signature fields not well formed: st or se is not a time.");
  if (nowMs >= startMs && nowMs < expiryMs) return;
  const start = st === "" ? "" : `Start [${new Date(startMs).toUTCString()}] - `;
  throw failed(
    `Signature not valid in the specified time frame: ${start}Expiry [${new Date(expiryMs).toUTCString()}] - Current [${new Date(nowMs).toUTCString()}]`,
  );
}

function checkConnection({ protocol, remoteAddress }: AuthRequest, { spr, sip }: SasToken): void {
  if (spr !== "" && !spr.split(",").includes(protocol)) throw new StorageError("AuthorizationProtocolMismatch");
  if (sip === "" || inAddressRange(remoteAddress, sip)) return;
  throw new StorageError("AuthorizationSourceIPMismatch", { details: { SourceIP: remoteAddress } });
}
