import { statSync } from "node:fs";
import { join } from "node:path";
import type { ConfigPath, LoadedConfig } from "../config/config.ts";
import { expandPath } from "../config/load.ts";
import { readSecret } from "../config/secret.ts";
import { AppError } from "../shared/errors.ts";
import { readAzureEnvironment } from "../storage/azure-blob/azure-environment.ts";
import { isContainerName } from "../storage/azure-blob/azure-location.ts";
import type { AzureBlobSpec } from "../storage/azure-blob/azure-spec.ts";
import { parseLocation } from "../storage/location.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";
import type { Invocation } from "./command.ts";
import type { Flag, FlagSet } from "./flags.ts";
import { listFlag, numberFlag, textFlag } from "./flags.ts";
import { cacheFolder } from "./repository-access.ts";
import type { GuidOperationWorld, OperationWorld } from "./services.ts";

const MAPPING_DEFAULT = "guid_file_mapping.json";
const WORKERS_DEFAULT = 20;
const WORKERS_MAX = 256;
const CONNECTION_STRING = "AZURE_STORAGE_CONNECTION_STRING";
const READABLE_BY_OTHERS = 0o044;

type Settings = Pick<Invocation<FlagSet>, "context" | "global" | "loaded" | "output" | "terminal">;

/** The mapping file; its configuration key is the original's. */
export const mappingFlag: Flag<string | undefined> = textFlag("mapping FILE", "file that holds GUID and path of each file", {
  envFirst: "VARVE_GUID_MAPPING_FILE",
  configKey: "guid_mapping_file",
  defaultText: MAPPING_DEFAULT,
});

type ContainerFlags = {
  readonly mapping: Flag<string | undefined>;
  readonly container: Flag<string | undefined>;
  readonly connectionStringFile: Flag<string | undefined>;
  readonly maxWorkers: Flag<number | undefined>;
};

/** Flags of the commands that talk to a container. */
export const containerFlags: ContainerFlags = {
  mapping: mappingFlag,
  container: textFlag("container NAME", "blob container, or az://ACCOUNT/CONTAINER/PREFIX", {
    envFirst: "VARVE_GUID_CONTAINER_NAME",
    configKey: "container_name",
  }),
  connectionStringFile: textFlag(
    "connection-string-file FILE",
    `read the storage account's connection string from this file instead of ${CONNECTION_STRING}`,
  ),
  maxWorkers: numberFlag(
    "max-workers",
    { min: 1, max: WORKERS_MAX },
    { help: "files worked on at once", envFirst: "VARVE_GUID_MAX_WORKERS", configKey: "max_workers", defaultText: String(WORKERS_DEFAULT) },
  ),
};

type SkipFlags = { readonly skipFiles: Flag<readonly string[]>; readonly skipPath: Flag<readonly string[]> };

/** Flags that say which files a container need not have. */
export const skipFlags: SkipFlags = {
  skipFiles: listFlag("skip-files NAME", "leave out files of this name, or whose name matches this glob", {
    envFirst: "VARVE_GUID_SKIP_FILES",
    configKey: "skip_files",
  }),
  skipPath: listFlag("skip-path PATH", "store an empty placeholder for each file below this path", {
    envFirst: "VARVE_GUID_SKIP_PATH",
    configKey: "skip_path",
  }),
};

/** Section of the configuration that the commands take their settings from. */
export function guidSection(_args: readonly string[], loaded: LoadedConfig): ConfigPath | undefined {
  return loaded.config.guid === undefined ? undefined : ["guid"];
}

/** A path of the command line or the environment, absolute. Those of the configuration are already. */
export function pathOf({ context }: Pick<Settings, "context">, path: string): string {
  return expandPath(path, context.cwd, context.machine.home);
}

/** The mapping file, absolute. */
export function mappingOf(settings: Pick<Settings, "context">, named: string | undefined): string {
  return pathOf(settings, named ?? MAPPING_DEFAULT);
}

/** What each command with a container asks for. Throws E_USAGE when none is named, E_CONFIG when it cannot be understood. */
export async function containerRequest(
  settings: Settings,
  flags: {
    readonly mapping: string | undefined;
    readonly container: string | undefined;
    readonly connectionStringFile: string | undefined;
    readonly maxWorkers: number | undefined;
  },
): Promise<{ readonly mapping: string; readonly container: AzureBlobSpec; readonly workers: number }> {
  const { container: named } = flags;
  if (named === undefined)
    throw new AppError({
      code: "E_USAGE",
      what: "no container is named",
      why: "neither --container nor VARVE_GUID_CONTAINER_NAME nor 'container_name' in the configuration says which",
      hint: "add --container NAME",
    });
  const env = { ...settings.context.env, ...(await connectionString(settings, flags.connectionStringFile)) };
  return { mapping: mappingOf(settings, flags.mapping), container: containerOf(named, env), workers: flags.maxWorkers ?? WORKERS_DEFAULT };
}

/** Paths below which only placeholders are kept, absolute: relative ones count from the source. */
export function skipPathsOf(settings: Pick<Settings, "context" | "loaded">, paths: readonly string[]): readonly string[] {
  const { context, loaded } = settings;
  const base = context.env["VARVE_GUID_SOURCE_PATH"] || loaded.config.guid?.source_path || context.cwd;
  // A path of another system stays as it is: the mapping has it like that.
  return paths.map((path) =>
    /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path)
      ? path
      : expandPath(path, expandPath(base, context.cwd, context.machine.home), context.machine.home),
  );
}

/** Folder of what runs remember; undefined when nothing is to be kept. */
export function memoryFolder(settings: Pick<Settings, "context" | "global">): string | undefined {
  return settings.global.noCache ? undefined : cacheFolder(settings);
}

/** The world of a guid operation. Working data can be large: it goes where the disk is, not to a /tmp that may lie in memory. */
export function guidWorld({ context }: Pick<Settings, "context">, world: OperationWorld, gauge?: RequestGauge): GuidOperationWorld {
  return { ...world, workFolder: context.env["TMPDIR"] || join("/", "var", "tmp"), ...(gauge === undefined ? {} : { gauge }) };
}

function containerOf(named: string, env: Readonly<Record<string, string | undefined>>): AzureBlobSpec {
  const isName = !/[:/]/.test(named);
  if (isName && readAzureEnvironment(env).account === undefined)
    throw new AppError({
      code: "E_CONFIG",
      what: `it is not known which storage account has the container ${named}`,
      why: `neither ${CONNECTION_STRING} nor AZURE_STORAGE_ACCOUNT is set`,
      hint: "set one of them, use --connection-string-file, or write az://ACCOUNT/CONTAINER",
    });
  if (isName && !isContainerName(named))
    throw new AppError({
      code: "E_CONFIG",
      what: `'${named}' cannot be the name of a container`,
      why: "names of containers have 3 to 63 of a-z, 0-9 and single hyphens",
      hint: "check --container",
    });
  const spec = parseLocation(isName ? `azure:${named}:/` : named, env);
  if (spec.kind === "azure-blob") return spec;
  throw new AppError({
    code: "E_CONFIG",
    what: `${named} is no blob container`,
    why: "files are saved as blobs of Azure Blob Storage",
    hint: "name a container, or write az://ACCOUNT/CONTAINER",
  });
}

/** The connection string as the variable that the Azure room reads: a file that is named, the environment, then the configuration. */
async function connectionString(settings: Settings, file: string | undefined): Promise<Readonly<Record<string, string>>> {
  const { context, loaded } = settings;
  const purpose = "connection string";
  if (file !== undefined) return { [CONNECTION_STRING]: await readSecret({ file: pathOf(settings, file) }, purpose, context) };
  const configured = loaded.config.guid?.connection_string;
  if (typeof configured === "string") warnOfPlainSecret(settings);
  if (configured === undefined || (context.env[CONNECTION_STRING] ?? "") !== "") return {};
  return { [CONNECTION_STRING]: typeof configured === "string" ? configured : await readSecret(configured, purpose, context) };
}

function warnOfPlainSecret({ loaded, output, terminal }: Settings): void {
  if (loaded.file === undefined || ((statSync(loaded.file, { throwIfNoEntry: false })?.mode ?? 0) & READABLE_BY_OTHERS) === 0) return;
  const where = loaded.origin(["guid", "connection_string"]);
  const message = `${where} holds a secret, and others can read the file: chmod 600 it, or put the secret into ${CONNECTION_STRING}`;
  output.event({ message_type: "warning", message });
  if (!output.json) terminal.message(`${terminal.style("warning", "warning:")} ${message}`);
}
