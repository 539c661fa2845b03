import { azureAnswer, type AzureAnswer, azureFacts, whyNoAnswer } from "../../shared/azure-answer.ts";
import { AppError } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";
import type { ShareSpec } from "./share-spec.ts";

/** What a request needs of the credential: the letter of a SAS, and what it allows in words. */
export const NEEDS = {
  list: { letter: "l", words: "list (l)", role: "Storage File Data Privileged Reader" },
  read: { letter: "r", words: "read (r)", role: "Storage File Data Privileged Reader" },
  snapshot: { letter: "c", words: "create (c)", role: "Storage File Data Privileged Contributor" },
  create: { letter: "c", words: "create (c)", role: "Storage File Data Privileged Contributor" },
  write: { letter: "w", words: "write (w)", role: "Storage File Data Privileged Contributor" },
  remove: { letter: "d", words: "delete (d)", role: "Storage File Data Privileged Contributor" },
} as const;

/** A request as errors tell of it. */
export interface ShareScene {
  /** Completes "cannot ...". */
  readonly doing: string;
  readonly needs: keyof typeof NEEDS;
  readonly spec: Pick<ShareSpec, "account" | "share" | "credential" | "variables">;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const BUSY: Meaning = {
  code: "E_SHARE_UNAVAILABLE",
  why: "the service is busy, throttles or restarts",
  hint: "run again later; what was stored already is not sent twice",
  retryable: true,
};
const UNREACHABLE: Meaning = {
  code: "E_SHARE_UNAVAILABLE",
  why: "the connection failed",
  hint: "check network, proxy and firewall",
  retryable: true,
};
const UNTRUSTED: Meaning = {
  code: "E_SHARE",
  why: "the TLS connection cannot be trusted",
  hint: "check the clock, the proxy and NODE_EXTRA_CA_CERTS",
};
const NO_SHARE: Meaning = {
  code: "E_SHARE_UNAVAILABLE",
  why: "the share or the share snapshot is not there, or was deleted while it was used",
  hint: "check its name, then run again",
};
const MISSING: Meaning = { code: "E_SOURCE_MISSING", why: "there is no such file or directory", hint: "check the path" };
const IN_USE: Meaning = {
  code: "E_SOURCE_READ",
  why: "another client has it open and does not share it",
  hint: "read from a share snapshot: leave out --no-share-snapshot",
};

const BY_CODE: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    ResourceNotFound: MISSING,
    ParentNotFound: MISSING,
    DeletePending: { ...MISSING, why: "it is being deleted" },
    SharingViolation: IN_USE,
    FileLockConflict: IN_USE,
    ClientCacheFlushDelay: { ...BUSY, why: "another client writes its cache back" },
    ShareNotFound: NO_SHARE,
    ShareSnapshotNotFound: NO_SHARE,
    ShareBeingDeleted: NO_SHARE,
    ShareDisabled: NO_SHARE,
    ShareSnapshotCountExceeded: {
      code: "E_SHARE",
      why: "it has 200 share snapshots, and there can be no more",
      hint: "delete one that nobody needs, or read the share as it is now with --no-share-snapshot",
    },
    ShareSnapshotOperationNotSupported: {
      code: "E_SHARE",
      why: "this share has no share snapshots",
      hint: "read the share as it is now with --no-share-snapshot",
    },
    InvalidAuthenticationInfo: { code: "E_SHARE_DENIED", why: "the credentials are not understood" },
    AccountIsDisabled: { code: "E_SHARE_DENIED", why: "the storage account is disabled" },
    // The answer said that it was well and then made no sense.
    PARSE_ERROR: { ...UNREACHABLE, why: "the answer broke off in the middle" },
    // A name that does not resolve is a typing error far more often than an outage, and must not be retried for minutes.
    ENOTFOUND: { code: "E_SHARE_UNAVAILABLE", why: "the host name does not exist", hint: "check the account name and the network" },
  }),
);

/**
 * What a failed request means. Built from status and codes alone: the SDK's messages quote the signed string and the URL, and so
 * the signature. For the same reason the SDK's error is no `cause`.
 */
export function shareError(error: unknown, scene: ShareScene): AppError {
  if (error instanceof AppError) return error;
  const answer = azureAnswer(error);
  const { code, why, hint, retryable } =
    BY_CODE.get(answer.code) ?? (answer.status === 0 ? ofNoAnswer(error, answer.code) : ofStatus(answer, scene));
  const data = azureFacts(answer);
  const shown = [data["status"] === undefined ? "" : `HTTP ${answer.status}`, data["serviceCode"] ?? ""]
    .filter((part) => part !== "")
    .join(" ");
  return new AppError({
    code,
    what: `cannot ${scene.doing} in share ${scene.spec.share} of account ${scene.spec.account}`,
    why: shown === "" ? why : `${why} (${shown})`,
    hint: hint ?? (code === "E_SHARE_DENIED" ? deniedHint(scene) : "see Azure's documentation of this error code"),
    retryable: retryable ?? false,
    data,
  });
}

function ofStatus(answer: AzureAnswer, scene: ShareScene): Meaning {
  const { status } = answer;
  if (status === 401 || status === 403) return { code: "E_SHARE_DENIED", why: deniedWhy(answer, scene) };
  if (status === 404) return MISSING;
  if (status === 408 || status === 429 || status >= 500) return BUSY;
  return { code: "E_SOURCE_READ", why: "the service refuses the request" };
}

/** A SAS says itself what it lacks: its end and its permissions are no secrets. */
function deniedWhy({ date }: AzureAnswer, { needs, spec: { credential } }: ShareScene): string {
  if (credential.kind !== "sas") return "the service refuses these credentials";
  const fields = new URLSearchParams(credential.sas);
  const end = fields.get("se") ?? "";
  const now = Date.parse(date);
  if (end !== "" && Date.parse(end) <= now) return `the SAS expired at ${end}`;
  const permissions = fields.get("sp");
  if (permissions !== null && !permissions.includes(NEEDS[needs].letter)) return `the SAS lacks the permission to ${NEEDS[needs].words}`;
  if (fields.has("ss") && fields.get("ss")?.includes("f") === false) return "the SAS is not for the file service";
  return "the service refuses this SAS";
}

function deniedHint({ needs, spec: { credential, variables } }: ShareScene): string {
  const { words, role } = NEEDS[needs];
  const instead = needs === "snapshot" ? ", or read the share as it is now with --no-share-snapshot" : "";
  if (credential.kind === "key") return `check ${variables}_KEY and the account's firewall`;
  if (credential.kind === "sas")
    return `set ${variables}_SAS_TOKEN to one that has not expired and allows ${words} on this share${instead}`;
  return `sign in with az login or set ${variables}_KEY; the identity needs the role ${role}${instead}`;
}

function ofNoAnswer(error: unknown, code: string): Meaning {
  switch (whyNoAnswer(error, code)) {
    case "tls":
      return UNTRUSTED;
    case "identity":
      return { code: "E_SHARE_DENIED", why: "no Azure identity is signed in here" };
    case "defect":
      return { code: "E_INTERNAL", why: `the Azure client failed: ${(error as Error).name}`, hint: "report this" };
    case "unreachable":
      return UNREACHABLE;
  }
}
