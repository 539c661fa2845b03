import { isIP } from "node:net";
import { AppError } from "../../shared/errors.ts";
import { secretInClear } from "../../shared/secrets-in-clear.ts";
import { type Environment, readShareEnvironment } from "./share-environment.ts";
import type { ShareSpec } from "./share-spec.ts";

const ACCOUNT = /^[a-z0-9]{3,24}$/;
const SHARE = /^[a-z0-9](?:-?[a-z0-9]){2,62}$/;

/** Characters that no name in a share has; the service refuses them. */
// eslint-disable-next-line no-control-regex
const NOT_IN_NAMES = /["\\:|<>*?\u0000-\u001f]/;

/** True for texts that mean a share and no path of this machine. */
export function isShareLocation(text: string): boolean {
  return /^azfiles:/i.test(text) || /^https?:\/\//i.test(text);
}

/**
 * Reads `azfiles://account/share/path`, with `?snapshot=TIME` for a certain share snapshot; or the address that the portal shows,
 * `https://account.file.core.windows.net/share/path`, or an emulator's `http://127.0.0.1:10004/account/share/path`.
 * Credentials come from `env` alone: what is typed ends up in process lists. Touches no network; E_CONFIG when not understood.
 */
export function parseShareLocation(text: string, env: Environment, variables: ShareSpec["variables"] = "VARVE_SOURCE"): ShareSpec {
  const [place, query = ""] = splitOnce(text, "?");
  const fields = new URLSearchParams(query);
  if (fields.has("sig")) {
    throw notUnderstood(
      place,
      "it has a SAS in it, which every process of this machine can see",
      `put the SAS into ${variables}_SAS_TOKEN`,
    );
  }
  const snapshot = fields.get("snapshot") ?? fields.get("sharesnapshot") ?? "";
  const named = place.startsWith("azfiles:") ? ofScheme(place) : ofUrl(place);
  const { account, share } = named;
  const path = checkedPath(named, place);
  const said = readShareEnvironment(env, variables, account);
  const serviceUrl = named.serviceUrl ?? said.serviceUrl;
  const { credential } = said;
  const inClear = secretInClear(serviceUrl, credential.kind);
  if (inClear !== undefined) throw notUnderstood(place, inClear, "use https, or an account key");
  return { kind: "azure-files", account, serviceUrl, share, path, snapshot, credential, variables };
}

/** The path without superfluous slashes, when account, share and all its names can be. */
function checkedPath({ account, share, path }: Place, shown: string): string {
  if (!ACCOUNT.test(account)) throw notUnderstood(shown, "there is no valid account name in it", "write azfiles://account/share/path");
  if (!SHARE.test(share))
    throw notUnderstood(shown, "there is no valid share name in it", "share names have 3 to 63 of a-z, 0-9 and single hyphens");
  const names = path.split("/").filter((name) => name !== "");
  const odd = names.find((name) => NOT_IN_NAMES.test(name) || name === "." || name === "..");
  if (odd !== undefined) throw notUnderstood(shown, `no file of a share can be called ${JSON.stringify(odd)}`, "check the path");
  return names.join("/");
}

interface Place {
  readonly account: string;
  readonly share: string;
  readonly path: string;
  readonly serviceUrl?: string;
}

/** Names stand in it as they are: a `%` is a percent sign. */
function ofScheme(text: string): Place {
  const [account = "", share = "", ...rest] = text.slice("azfiles:".length).replace(/^\/\//, "").split("/");
  return { account, share, path: rest.join("/") };
}

function ofUrl(text: string): Place {
  if (!URL.canParse(text)) throw notUnderstood(text, "it is not a valid URL", "write azfiles://account/share/path");
  const { hostname, origin, pathname, username, password } = new URL(text);
  if (username !== "" || password !== "") throw notUnderstood(text, "it has a user name or password", "leave it out");
  const segments = decoded(pathname, text);
  if (hostname.includes(".file.")) {
    const [share = "", ...rest] = segments;
    return { account: hostname.split(".")[0] ?? "", share, path: rest.join("/"), serviceUrl: origin };
  }
  if (isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && hostname.includes("."))
    throw notUnderstood(
      text,
      "its host is no file service of Azure",
      "write azfiles://account/share/path, or set the endpoint in the environment",
    );
  const [account = "", share = "", ...rest] = segments;
  return { account, share, path: rest.join("/"), serviceUrl: `${origin}/${account}` };
}

function decoded(pathname: string, text: string): readonly string[] {
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
  return new AppError({ code: "E_CONFIG", what: `share location ${shown} is not understood`, why, hint });
}
