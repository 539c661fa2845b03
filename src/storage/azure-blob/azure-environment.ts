import { connectionStringFields, EMULATOR_ACCOUNT, EMULATOR_KEY } from "../../shared/azure-account.ts";
import { AppError } from "../../shared/errors.ts";
import type { AzureCredential } from "./azure-spec.ts";

/** Environment variables, passed in as a plain record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about Azure. */
export interface AzureEnvironment {
  readonly account?: string;
  /** Blob service address of `account`; only from a connection string. */
  readonly serviceUrl?: string;
  readonly credential?: AzureCredential;
  /** `core.windows.net`, or a sovereign cloud's. */
  readonly endpointSuffix: string;
  /** A proxy is named, for all hosts or for some. */
  readonly proxied: boolean;
}

/** What names a proxy, in either case. */
const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

const EMULATOR_URL = `http://127.0.0.1:10000/${EMULATOR_ACCOUNT}`;

const DEFAULT_SUFFIX = "core.windows.net";

/** Reads the `AZURE_STORAGE_*` variables, then restic's names. A connection string wins over single values. */
export function readAzureEnvironment(env: Environment): AzureEnvironment {
  const endpointSuffix = present(env["AZURE_ENDPOINT_SUFFIX"]) ?? DEFAULT_SUFFIX;
  const text = present(env["AZURE_STORAGE_CONNECTION_STRING"]);
  const proxied = PROXY_VARIABLES.some((name) => present(env[name] ?? env[name.toLowerCase()]) !== undefined);
  if (text !== undefined) return { endpointSuffix, proxied, ...parseConnectionString(text) };
  const account = present(env["AZURE_STORAGE_ACCOUNT"]) ?? present(env["AZURE_ACCOUNT_NAME"]);
  const key = present(env["AZURE_STORAGE_KEY"]) ?? present(env["AZURE_ACCOUNT_KEY"]);
  const sas = present(env["AZURE_STORAGE_SAS_TOKEN"]) ?? present(env["AZURE_ACCOUNT_SAS"]);
  const credential = credentialOf(key, sas);
  return { endpointSuffix, proxied, ...(account === undefined ? {} : { account }), ...(credential === undefined ? {} : { credential }) };
}

/** Reads a connection string as the portal shows it. Its text holds secrets and appears in no error. */
export function parseConnectionString(
  text: string,
): Omit<AzureEnvironment, "endpointSuffix" | "proxied"> & { readonly endpointSuffix?: string } {
  const fields = connectionStringFields(text);
  if (fields.get("usedevelopmentstorage") === "true") {
    return { account: EMULATOR_ACCOUNT, serviceUrl: EMULATOR_URL, credential: { kind: "key", key: EMULATOR_KEY } };
  }
  const endpoint = fields.get("blobendpoint")?.replace(/\/+$/, "");
  const account = fields.get("accountname") ?? accountOfEndpoint(endpoint);
  const credential = credentialOf(fields.get("accountkey"), fields.get("sharedaccesssignature"));
  if (account === undefined) {
    throw new AppError({
      code: "E_CONFIG",
      what: "AZURE_STORAGE_CONNECTION_STRING is not understood",
      why: "it has neither AccountName nor BlobEndpoint",
      hint: "copy it again from the portal, or set AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY",
    });
  }
  const suffix = fields.get("endpointsuffix") ?? DEFAULT_SUFFIX;
  const protocol = fields.get("defaultendpointsprotocol") ?? "https";
  return {
    account,
    serviceUrl: endpoint ?? `${protocol}://${account}.blob.${suffix}`,
    endpointSuffix: suffix,
    ...(credential === undefined ? {} : { credential }),
  };
}

/** A SAS token as people paste it: with or without the question mark. */
export function sasCredential(text: string): AzureCredential {
  return { kind: "sas", sas: text.replace(/^\?/, "") };
}

function credentialOf(key: string | undefined, sas: string | undefined): AzureCredential | undefined {
  if (key !== undefined) return { kind: "key", key };
  return sas === undefined ? undefined : sasCredential(sas);
}

function accountOfEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const { hostname, pathname } = new URL(endpoint);
  return hostname.includes(".blob.") ? hostname.split(".")[0] : present(pathname.split("/")[1]);
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
