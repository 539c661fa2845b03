import { azureAnswer, azureFacts, whyNoAnswer } from "../../shared/azure-answer.ts";
import { AppError } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/error-codes.ts";

/** Names for messages. */
export interface BlobScene {
  /** Completes "cannot ...". */
  readonly doing: string;
  readonly key?: string;
  /** `container backup of account x`. */
  readonly description: string;
  /** How requests were signed, for the hint. */
  readonly credential: "key" | "sas" | "default";
}

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const DENIED_HINT = {
  key: "check AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, and the account's firewall",
  sas: "check that the SAS has not expired and allows read, create, list and delete on this container",
  default: "sign in with az login, or set AZURE_STORAGE_KEY; the identity needs Storage Blob Data Contributor",
} as const;

const NO_CONTAINER: Meaning = {
  code: "E_STORE_CONTAINER",
  why: "the container does not exist",
  hint: "check its name, or make it with varve init",
};
const ARCHIVED: Meaning = {
  code: "E_STORE",
  why: "the blob is in the archive tier",
  hint: "move it to the hot, cool or cold tier and wait until that is done",
};
const IMMUTABLE: Meaning = {
  code: "E_STORE_DENIED",
  why: "an immutability policy or legal hold protects the blob",
  hint: "wait until the policy has run out",
};
const LEASED: Meaning = { code: "E_STORE", why: "somebody holds a lease on the blob", hint: "break the lease and run again" };
const BUSY: Meaning = { code: "E_STORE_UNAVAILABLE", why: "the service is busy or restarting", hint: "run again later", retryable: true };
const UNREACHABLE: Meaning = {
  code: "E_STORE_UNAVAILABLE",
  why: "the connection failed",
  hint: "check network, proxy and firewall",
  retryable: true,
};
const UNTRUSTED: Meaning = {
  code: "E_STORE",
  why: "the TLS connection cannot be trusted",
  hint: "check the clock, the proxy and NODE_EXTRA_CA_CERTS",
};

const NO_BLOB: Meaning = {
  code: "E_OBJECT_NOT_FOUND",
  why: "there is no such object",
  hint: "run varve check to see what else is missing",
};

const BY_CODE: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    BlobNotFound: NO_BLOB,
    ResourceNotFound: NO_BLOB,
    ContainerNotFound: NO_CONTAINER,
    ContainerBeingDeleted: { ...NO_CONTAINER, why: "the container is being deleted" },
    ContainerDisabled: { ...NO_CONTAINER, why: "the container is disabled" },
    BlobArchived: ARCHIVED,
    BlobBeingRehydrated: { ...ARCHIVED, hint: "wait until it is moved out of the archive tier" },
    BlobImmutableDueToPolicy: IMMUTABLE,
    BlobImmutableDueToLegalHold: IMMUTABLE,
    LeaseIdMissing: LEASED,
    LeaseIdMismatchWithBlobOperation: LEASED,
    InvalidAuthenticationInfo: { code: "E_STORE_DENIED", why: "the credentials are not understood" },
    AccountIsDisabled: { code: "E_STORE_DENIED", why: "the storage account is disabled" },
    Md5Mismatch: { ...BUSY, why: "the bytes were altered on the way" },
    QuotaExceeded: { code: "E_STORE_FULL", why: "the account's quota is used up" },
    // A name that does not resolve is a typing error far more often than an outage, and must not be retried for minutes.
    ENOTFOUND: { code: "E_STORE_UNAVAILABLE", why: "the host name does not exist", hint: "check the account name and the network" },
  }),
);

/**
 * True when the service says that there is no such blob. A bare 404 does not: a proxy or a wrong endpoint can answer that, and must
 * not make objects look removed.
 */
export function isBlobMissing(error: unknown): boolean {
  return BY_CODE.get(azureAnswer(error).code) === NO_BLOB;
}

/**
 * What a failed request means for the store. Built from status and codes alone: the SDK's messages quote the signed string and the
 * URL, and so the signature. For the same reason the SDK's error is no `cause`.
 */
export function azureError(error: unknown, scene: BlobScene): AppError {
  if (error instanceof AppError) return error;
  const answer = azureAnswer(error);
  const { code, why, hint, retryable } =
    BY_CODE.get(answer.code) ?? (answer.status === 0 ? ofNoAnswer(error, answer.code) : ofStatus(answer.status));
  const facts = azureFacts(answer);
  const data = scene.key === undefined ? facts : { key: scene.key, ...facts };
  const shown = [facts["status"] === undefined ? "" : `HTTP ${answer.status}`, facts["serviceCode"] ?? ""]
    .filter((part) => part !== "")
    .join(" ");
  return new AppError({
    code,
    what: `cannot ${scene.doing} in ${scene.description}`,
    why: shown === "" ? why : `${why} (${shown})`,
    hint: hint ?? (code === "E_STORE_DENIED" ? DENIED_HINT[scene.credential] : "see Azure's documentation of this error code"),
    retryable: retryable ?? false,
    data,
  });
}

function ofStatus(status: number): Meaning {
  if (status === 401 || status === 403) return { code: "E_STORE_DENIED", why: "the service refuses these credentials" };
  if (status === 507) return { code: "E_STORE_FULL", why: "the service is full" };
  if (status === 408 || status === 429 || status >= 500) return BUSY;
  return { code: "E_STORE", why: "the service refuses the request" };
}

function ofNoAnswer(error: unknown, code: string): Meaning {
  switch (whyNoAnswer(error, code)) {
    case "tls":
      return UNTRUSTED;
    case "identity":
      return { code: "E_STORE_DENIED", why: "no Azure identity is signed in here" };
    case "defect":
      return { code: "E_INTERNAL", why: `the Azure client failed: ${(error as Error).name}`, hint: "report this" };
    case "unreachable":
      return UNREACHABLE;
  }
}
