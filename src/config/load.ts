import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { Config, ConfigPath, ConfigWorld, GuidConfig, JobConfig, LoadedConfig, RepositoryConfig, SecretRef } from "./config.ts";

/** A larger file is not a configuration. */
const CONFIG_BYTES_MAX = 1024 * 1024;

/** The places a configuration may be, in the order they are tried; the first two are there only when named. */
export function configCandidates(named: string | undefined, world: ConfigWorld): { readonly path: string; readonly required: boolean }[] {
  const asked = named ?? world.env["VARVE_CONFIG"];
  if (asked !== undefined && asked !== "") return [{ path: expandPath(asked, world.cwd, world.home), required: true }];
  const userFolder = world.env["XDG_CONFIG_HOME"] || join(world.home, ".config");
  return [join(world.cwd, "varve.yaml"), join(userFolder, "varve", "config.yaml"), "/etc/varve/config.yaml"].map((path) => ({
    path,
    required: false,
  }));
}

/**
 * Reads the first configuration file there is; none at all is an empty configuration.
 * Throws E_CONFIG with line and column when the file is not valid, cannot be read, or was named and is missing.
 */
export async function loadConfig(named: string | undefined, world: ConfigWorld): Promise<LoadedConfig> {
  for (const candidate of configCandidates(named, world)) {
    const text = readCandidate(candidate);
    if (text === undefined) continue;
    // YAML and the validator cost 60 ms to load: only those pay who have a file.
    const { parseConfig } = await import("./parse.ts");
    const parsed = parseConfig(text, candidate.path);
    return { ...parsed, file: candidate.path, config: resolvePaths(parsed.config, dirname(candidate.path), world.home) };
  }
  return EMPTY_CONFIG;
}

/** What is in force when there is no file. */
export const EMPTY_CONFIG: LoadedConfig = Object.freeze({ file: undefined, config: {}, origin: (_path: ConfigPath) => "default" });

function readCandidate(candidate: { readonly path: string; readonly required: boolean }): string | undefined {
  let text: string;
  try {
    text = readFileSync(candidate.path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (!candidate.required && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    throw new AppError({
      code: "E_CONFIG",
      what: `cannot read the configuration file ${candidate.path}`,
      why: systemReason(error, "it cannot be opened"),
      hint: "check the path and its permissions",
      cause: error,
    });
  }
  if (text.length > CONFIG_BYTES_MAX)
    throw new AppError({
      code: "E_CONFIG",
      what: `the configuration file ${candidate.path} is larger than 1 MiB`,
      hint: "name the right file with --config",
    });
  return text;
}

/** `~` is the home folder; a relative path counts from `base`. */
export function expandPath(path: string, base: string, home: string): string {
  if (path === "~") return home;
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return isAbsolute(path) ? path : resolve(base, path);
}

/** Paths in a file count from the file's folder, so that a job does the same wherever it is started. */
function resolvePaths(config: Config, folder: string, home: string): Config {
  const path = (text: string): string => expandPath(text, folder, home);
  const location = (text: string): string => (/^(\.{1,2}|~)(\/|$)/.test(text) ? path(text) : text);
  const secret = (ref: SecretRef): SecretRef => ("file" in ref ? { file: path(ref.file) } : ref);
  const repository = (given: RepositoryConfig): RepositoryConfig => ({
    ...given,
    location: location(given.location),
    password: given.password && secret(given.password),
    environment: given.environment && mapValues(given.environment, (value) => (typeof value === "string" ? value : secret(value))),
  });
  const job = (given: JobConfig): JobConfig => ({
    ...given,
    sources: given.sources.map((source) => (/^[a-z]+:\/\//.test(source) ? source : path(source))),
    repository: given.repository && location(given.repository),
    "exclude-file": given["exclude-file"]?.map(path),
  });
  const guid = (given: GuidConfig): GuidConfig => ({
    ...given,
    source_path: given.source_path && path(given.source_path),
    guid_mapping_file: given.guid_mapping_file && path(given.guid_mapping_file),
    restore_root: given.restore_root && path(given.restore_root),
    metrics_log_file:
      given.metrics_log_file === undefined || given.metrics_log_file === "none" ? given.metrics_log_file : path(given.metrics_log_file),
    connection_string: typeof given.connection_string === "object" ? secret(given.connection_string) : given.connection_string,
  });
  const catalog = config.catalog;
  return {
    ...config,
    repository: config.repository && location(config.repository),
    "cache-dir": config["cache-dir"] && path(config["cache-dir"]),
    catalog: catalog === undefined || catalog === "none" ? catalog : path(catalog),
    repositories: config.repositories && mapValues(config.repositories, repository),
    jobs: config.jobs && mapValues(config.jobs, job),
    guid: config.guid && guid(config.guid),
  };
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
