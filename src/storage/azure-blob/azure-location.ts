import { isIP } from "node:net";
import { EMULATOR_ACCOUNT, EMULATOR_KEY } from "../../shared/azure-account.ts";
import { AppError } from "../../shared/errors.ts";
import { secretInClear } from "../../shared/secrets-in-clear.ts";
import { readAzureEnvironment, sasCredential } from "./azure-environment.ts";
import type { AzureEnvironment, Environment } from "./azure-environment.ts";
import type { AzureBlobSpec, AzureCredential } from "./azure-spec.ts";

const CONTAINER = /^(?:\$root|[a-z0-9](?:-?[a-z0-9]){2,62})$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/** A place as the location names it, before the environment adds what is missing. */
interface Place {
  readonly account: string;
  readonly serviceUrl?: string;
  readonly container: string;
  readonly prefix: string;
  readonly sas?: string;
}

/** `azure:container:/prefix`: restic's form, with the account from the environment. */
export function parseAzureColon(text: string, env: Environment): AzureBlobSpec {
  const azure = readAzureEnvironment(env);
  const [container = "", ...rest] = text.slice("azure:".length).split(":");
  const { account } = azure;
  if (account === undefined) {
    throw notUnderstood(text, "it names no storage account", "set AZURE_STORAGE_ACCOUNT, or write az://account/container/prefix");
  }
  return complete({ account, container, prefix: rest.join(":") }, azure, text);
}

/** `az://account/container/prefix`. */
export function parseAzureShort(text: string, env: Environment): AzureBlobSpec {
  const [path, sas] = splitOnce(text.slice("az://".length), "?");
  const [account = "", container = "", ...rest] = path.split("/");
  if (!ACCOUNT.test(account))
    throw notUnderstood(text, "there is no valid account name after az://", "write az://account/container/prefix");
  return complete({ account, container, prefix: rest.join("/"), ...(sas === undefined ? {} : { sas }) }, readAzureEnvironment(env), text);
}

/** `https://account.blob.core.windows.net/container/prefix`, or an emulator's `http://host:port/account/container/prefix`. */
export function parseAzureUrl(text: string, env: Environment): AzureBlobSpec {
  const azure = readAzureEnvironment(env);
  if (!URL.canParse(text))
    throw notUnderstood(text, "it is not a valid URL", "write https://account.blob.core.windows.net/container/prefix");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw notUnderstood(text, "it has a user name or password", "leave it out");
  const segments = decodePath(url.pathname, text);
  const pathStyle = isIP(unbracketed(url.hostname)) !== 0 || !url.hostname.includes(".");
  const account = pathStyle ? segments.shift() : url.hostname.includes(".blob.") ? url.hostname.split(".")[0] : azure.account;
  if (account === undefined) throw notUnderstood(text, "its host does not tell the storage account", "set AZURE_STORAGE_ACCOUNT");
  const [container = "", ...rest] = segments;
  const serviceUrl = pathStyle ? `${url.origin}/${account}` : url.origin;
  const sas = url.search === "" ? {} : { sas: url.search };
  return complete({ account, serviceUrl, container, prefix: rest.join("/"), ...sas }, azure, text);
}

/** True when the service allows this as the name of a container. */
export function isContainerName(name: string): boolean {
  return CONTAINER.test(name);
}

function complete(place: Place, azure: AzureEnvironment, text: string): AzureBlobSpec {
  const { account, container } = place;
  if (!isContainerName(container)) {
    throw notUnderstood(text, "there is no valid container name in it", "container names have 3 to 63 of a-z, 0-9 and single hyphens");
  }
  const segments = place.prefix.split("/").filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === ".."))
    throw notUnderstood(text, "its prefix has a . or ..", "leave it out");
  const ours = azure.account === account;
  const serviceUrl = place.serviceUrl ?? (ours ? azure.serviceUrl : undefined) ?? `https://${account}.blob.${azure.endpointSuffix}`;
  const credential = chooseCredential(place, azure);
  const inClear = secretInClear(serviceUrl, credential.kind);
  if (inClear !== undefined) throw notUnderstood(text, inClear, "use https, or an account key");
  const prefix = segments.map((segment) => `${segment}/`).join("");
  const proxied = azure.proxied ? { proxied: true } : {};
  return { kind: "azure-blob", account, serviceUrl, container, prefix, credential, ...proxied };
}

/**
 * A SAS in the location comes first; then the environment's credential, unless it says it is another account's; then the emulator's
 * published key; then the Azure identity of the environment.
 */
function chooseCredential(place: Place, azure: AzureEnvironment): AzureCredential {
  if (place.sas !== undefined) return sasCredential(place.sas);
  const fits = azure.account === undefined || azure.account === place.account;
  if (fits && azure.credential !== undefined) return azure.credential;
  return place.account === EMULATOR_ACCOUNT ? { kind: "key", key: EMULATOR_KEY } : { kind: "default" };
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function decodePath(pathname: string, text: string): string[] {
  try {
    return decodeURIComponent(pathname).split("/").slice(1);
  } catch {
    throw notUnderstood(text, "its path is not valid percent-encoding", "write % as %25");
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** The location is shown without its query and without anything before an `@`: both may hold secrets. */
function notUnderstood(text: string, why: string, hint: string): AppError {
  const shown = (splitOnce(text, "?")[0] ?? "").replace(/\/\/[^/]*@/, "//");
  return new AppError({ code: "E_CONFIG", what: `repository location ${shown} is not understood`, why, hint });
}
