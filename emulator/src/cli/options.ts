import { parseArgs } from "node:util";
import { parseSpec, SpecError, type SyntheticSpec } from "../backend/synthetic/spec.ts";
import type { FaultSettings } from "../faults/fault-settings.ts";
import { DEFAULT_ACCOUNT, DEFAULT_KEY } from "../server.ts";
import { faultSettingsOf, FAULT_FLAGS } from "./fault-flags.ts";
import { UsageError } from "./usage-error.ts";

/** Azurite has 10000 to 10002 for blobs, queues and tables. */
const DEFAULT_PORT = 10_004;
const DEFAULT_HOST = "127.0.0.1";

/** What the server is to be. */
export interface ServerOptions {
  /** Where shares come from: a folder that keeps them, or a share made of numbers. */
  readonly source: { readonly location: string } | { readonly synthetic: SyntheticSpec };
  readonly host: string;
  readonly port: number;
  readonly account: string;
  /** Base64. */
  readonly key: string;
  readonly bearer: "open" | "refused";
  /** PEM files to speak HTTPS with; undefined for plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly faults: FaultSettings;
  /** File that gets a line of JSON a request; undefined for none. */
  readonly log: string | undefined;
  readonly silent: boolean;
  /** Shares that are made at the start where they do not exist. */
  readonly shares: readonly string[];
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "serve"; readonly options: ServerOptions };

export const HELP: string = `azure-files-emulator --location DIR [options]
azure-files-emulator --synthetic SPEC [options]

A server that speaks the Azure Files REST protocol, for tests.

  -l, --location DIR         keep shares in this folder; they survive a restart
      --synthetic SPEC       serve one read-only share derived from a seed: files=1000000,dirs=80000,seed=7,churn=0.01
      --port N               port to listen on, 0 for any free one (${DEFAULT_PORT})
      --host ADDRESS         address to listen on (${DEFAULT_HOST})
      --account NAME         account that is served (${DEFAULT_ACCOUNT})
      --key KEY              its key in base64 (the public one of all emulators)
      --share NAME           make this share at the start where it is missing (repeatable)
      --bearer               believe every bearer token that comes with backup intent
      --cert FILE            speak HTTPS with this certificate (PEM); SDKs send bearer tokens over HTTPS only
      --cert-key FILE        its key (PEM)
      --log FILE             append a line of JSON for each request
  -s, --silent               print only where the server listens

Things that go wrong on purpose; each can also be set while the server runs, at /_emulator/faults
      --throttle-requests N  refuse what goes beyond N requests a second
      --throttle-bytes N     refuse requests while more than N bytes a second have passed
      --throttle-status N    with 503 ServerBusy or 429 (503)
      --latency MS[-MS]      wait so long before each request
      --errors RATE          answer this part of requests with 503, such as 0.01
      --reset RATE           reset the connection in this part of bodies
      --truncate RATE        close the connection early in this part of bodies
      --shorten RATE         send this part of bodies short, with a length that agrees
      --fault-seed N         decides which requests it hits (1)
      --faults JSON          all of it as JSON, as /_emulator/faults takes it

  -h, --help                 print this
  -v, --version              print the version
`;

const FLAGS = {
  location: { type: "string", short: "l" },
  synthetic: { type: "string" },
  port: { type: "string", default: String(DEFAULT_PORT) },
  host: { type: "string", default: DEFAULT_HOST },
  account: { type: "string", default: DEFAULT_ACCOUNT },
  key: { type: "string" },
  share: { type: "string", multiple: true, default: [] as string[] },
  bearer: { type: "boolean", default: false },
  cert: { type: "string" },
  "cert-key": { type: "string" },
  log: { type: "string" },
  silent: { type: "boolean", short: "s", default: false },
  ...FAULT_FLAGS,
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "v", default: false },
} as const;

const SEE_HELP = "see azure-files-emulator --help";

/** Reads a command line. Throws a UsageError. */
export function parseCommand(args: readonly string[]): Command {
  const values = valuesOf(args);
  if (values.help) return { kind: "help" };
  if (values.version) return { kind: "version" };
  const options: ServerOptions = {
    source: sourceOf(values),
    host: values.host,
    port: portOf(values.port),
    ...accountOf(values),
    bearer: values.bearer ? "open" : "refused",
    tls: tlsOf(values),
    faults: faultSettingsOf(values),
    log: values.log,
    silent: values.silent,
    shares: values.share,
  };
  if (options.shares.length > 0 && "synthetic" in options.source) {
    throw new UsageError(
      "--share and --synthetic do not go together",
      "a synthetic server has the one share of its SPEC",
      "name it with share=NAME in the SPEC",
    );
  }
  return { kind: "serve", options };
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false });
}

function valuesOf(args: readonly string[]): Values {
  try {
    return parse(args).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError("the command line cannot be read", error.message.split(". ")[0] ?? "", SEE_HELP);
    throw error;
  }
}

function sourceOf({ location, synthetic }: Values): ServerOptions["source"] {
  if (location !== undefined && synthetic !== undefined) {
    throw new UsageError("--location and --synthetic do not go together", "a server has one kind of shares", "leave one of them out");
  }
  if (synthetic !== undefined) return { synthetic: specOf(synthetic) };
  if (location === undefined || location === "") {
    throw new UsageError(
      "there is nothing to serve",
      "neither --location nor --synthetic is given",
      `give a folder for the shares, or a SPEC; ${SEE_HELP}`,
    );
  }
  return { location };
}

function specOf(text: string): SyntheticSpec {
  try {
    return parseSpec(text);
  } catch (error) {
    if (error instanceof SpecError) throw new UsageError("--synthetic cannot be read", error.message, error.hint);
    throw error;
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port ${text} is no port`, "ports are numbers from 0 to 65535", "use 0 for any free one");
}

function tlsOf({ cert, "cert-key": key }: Values): ServerOptions["tls"] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new UsageError(
    "--cert and --cert-key go together",
    "a certificate is of no use without its key",
    `give both, or neither; ${SEE_HELP}`,
  );
}

function accountOf({ account, key = DEFAULT_KEY }: Values): Pick<ServerOptions, "account" | "key"> {
  if (!/^[a-z0-9]{3,24}$/.test(account)) {
    throw new UsageError(
      `--account ${account} is no account name`,
      "names have 3 to 24 lower-case letters and digits",
      `leave it out for ${DEFAULT_ACCOUNT}`,
    );
  }
  if (key === "" || Buffer.from(key, "base64").toString("base64") !== key) {
    throw new UsageError("--key is no key", "keys are base64", "make one with: openssl rand -base64 64");
  }
  return { account, key };
}
