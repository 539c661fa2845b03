import { connectionStringFields, EMULATOR_ACCOUNT, EMULATOR_KEY } from "../../shared/azure-account.ts";
import { AppError } from "../../shared/errors.ts";
import type { ShareCredential, ShareSpec } from "./share-spec.ts";

/** Environment variables, passed in as a plain record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about one account. */
export interface ShareAccount {
  /** Undefined: said of whichever account the location names. */
  readonly account?: string;
  /** Address of the file service. */
  readonly serviceUrl?: string;
  readonly credential?: ShareCredential;
}

/** Where the emulator of this project listens unless told otherwise. */
const EMULATOR_URL = `http://127.0.0.1:10004/${EMULATOR_ACCOUNT}`;

const DEFAULT_SUFFIX = "core.windows.net";

const SECRET_HINT = "copy it again from the portal: a connection string, or account key, or SAS token of the storage account";
const ENDPOINT_HINT = "write the address of the file service, such as https://account.file.core.windows.net";

/**
 * What the environment says about the account of a share. A source reads `VARVE_SOURCE_*`; a target reads `VARVE_TARGET_*` first.
 * `AZURE_STORAGE_*` comes last, and only where it does not name another account: the repository's is often another one.
 */
export function readShareEnvironment(env: Environment, variables: ShareSpec["variables"], account: string): Required<ShareAccount> {
  const suffix = present(env["AZURE_ENDPOINT_SUFFIX"]) ?? DEFAULT_SUFFIX;
  const prefixes = variables === "VARVE_TARGET" ? ["VARVE_TARGET", "VARVE_SOURCE", "AZURE_STORAGE"] : ["VARVE_SOURCE", "AZURE_STORAGE"];
  const said = prefixes.map((prefix) => readPrefix(env, prefix)).filter((one) => one.account === undefined || one.account === account);
  const serviceUrl = said.find((one) => one.serviceUrl !== undefined)?.serviceUrl ?? urlOf(account, suffix);
  const credential = said.find((one) => one.credential !== undefined)?.credential;
  if (credential !== undefined) return { account, serviceUrl, credential };
  return { account, serviceUrl, credential: account === EMULATOR_ACCOUNT ? { kind: "key", key: EMULATOR_KEY } : { kind: "default" } };
}

function readPrefix(env: Environment, prefix: string): ShareAccount {
  const get = (name: string): string | undefined => present(env[`${prefix}_${name}`]);
  const text = get("CONNECTION_STRING");
  const endpoint = prefix === "AZURE_STORAGE" ? undefined : get("ENDPOINT");
  const serviceUrl = endpoint === undefined ? undefined : checkedUrl(endpoint, `${prefix}_ENDPOINT`);
  if (text !== undefined)
    return { ...parseShareConnection(text, `${prefix}_CONNECTION_STRING`), ...(serviceUrl !== undefined && { serviceUrl }) };
  const account = get("ACCOUNT");
  const credential = credentialOf({ key: get("KEY"), sas: get("SAS_TOKEN") }, { key: `${prefix}_KEY`, sas: `${prefix}_SAS_TOKEN` });
  return {
    ...(account !== undefined && { account }),
    ...(serviceUrl !== undefined && { serviceUrl }),
    ...(credential !== undefined && { credential }),
  };
}

/** Reads a connection string as the portal shows it. `variable` names it in errors; its text holds secrets and appears in none. */
export function parseShareConnection(text: string, variable: string): ShareAccount {
  const fields = connectionStringFields(text);
  if (fields.get("usedevelopmentstorage") === "true")
    return { account: EMULATOR_ACCOUNT, serviceUrl: EMULATOR_URL, credential: { kind: "key", key: EMULATOR_KEY } };
  const endpoint = fields.get("fileendpoint");
  const serviceUrl = endpoint === undefined ? undefined : checkedUrl(endpoint, variable);
  const account = fields.get("accountname") ?? accountOfUrl(serviceUrl);
  if (account === undefined) throw notUnderstood(variable, "it has neither AccountName nor FileEndpoint");
  const said = { key: fields.get("accountkey"), sas: fields.get("sharedaccesssignature") };
  const credential = credentialOf(said, { key: variable, sas: variable });
  if (credential === undefined) throw notUnderstood(variable, "it has neither AccountKey nor SharedAccessSignature");
  const protocol = fields.get("defaultendpointsprotocol") ?? "https";
  return {
    account,
    serviceUrl: serviceUrl ?? urlOf(account, fields.get("endpointsuffix") ?? DEFAULT_SUFFIX).replace(/^https/, protocol),
    credential,
  };
}

interface Secrets<T> {
  readonly key: T;
  readonly sas: T;
}

/** The key before the SAS; `variables` name where each comes from, for errors. */
function credentialOf({ key, sas }: Secrets<string | undefined>, variables: Secrets<string>): ShareCredential | undefined {
  if (key !== undefined) {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key))
      throw notUnderstood(variables.key, "the account key is not base64");
    return { kind: "key", key };
  }
  if (sas === undefined) return undefined;
  const text = sas.replace(/^\?/, "");
  const fields = new URLSearchParams(text);
  if (!fields.has("sig") || !fields.has("sv")) throw notUnderstood(variables.sas, "the SAS token has no signature or no version");
  return { kind: "sas", sas: text };
}

/** The address of a file service without its trailing slash. Throws E_CONFIG when it is none. */
function checkedUrl(text: string, variable: string): string {
  if (!URL.canParse(text)) throw notUnderstood(variable, "its file endpoint is no URL", ENDPOINT_HINT);
  const { protocol, username, search } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:")
    throw notUnderstood(variable, "its file endpoint is neither http nor https", ENDPOINT_HINT);
  if (username !== "" || search !== "") throw notUnderstood(variable, "its file endpoint has a user name or a query", ENDPOINT_HINT);
  return text.replace(/\/+$/, "");
}

function accountOfUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { hostname, pathname } = new URL(url);
  return hostname.includes(".file.") ? hostname.split(".")[0] : present(pathname.split("/")[1]);
}

function urlOf(account: string, suffix: string): string {
  return account === EMULATOR_ACCOUNT ? EMULATOR_URL : `https://${account}.file.${suffix}`;
}

function notUnderstood(variable: string, why: string, hint = SECRET_HINT): AppError {
  return new AppError({ code: "E_CONFIG", what: `${variable} is not understood`, why, hint });
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
