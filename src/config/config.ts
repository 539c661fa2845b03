/** A secret that is named, never written down: the last line of a file, what a program prints, or an environment variable. */
export type SecretRef =
  | { readonly file: string }
  /** Program and arguments; no shell is involved. */
  | { readonly command: readonly string[] }
  | { readonly env: string };

/** A repository that jobs and `--repo @name` refer to. */
export interface RepositoryConfig {
  readonly location: string;
  readonly password?: SecretRef | undefined;
  /** Environment of this repository alone, such as `AZURE_STORAGE_KEY`: separate credentials for separate accounts. */
  readonly environment?: Readonly<Record<string, string | SecretRef>> | undefined;
}

/** One backup, by name: `varve backup NAME`. Each key but `sources` is the setting that the flag of that name sets. */
export interface JobConfig {
  readonly sources: readonly string[];
  readonly repository?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly "exclude-file"?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  readonly "exclude-caches"?: boolean | undefined;
  readonly "exclude-if-present"?: readonly string[] | undefined;
  readonly "one-file-system"?: boolean | undefined;
  readonly "exclude-larger-than"?: string | number | undefined;
  readonly threads?: number | undefined;
  readonly "metrics-log"?: string | undefined;
  readonly compression?: number | undefined;
}

/** Files as GUID-named blobs: `varve guid`. The keys are those of the program this layout comes from. */
export interface GuidConfig {
  readonly source_path?: string | undefined;
  readonly guid_mapping_file?: string | undefined;
  readonly skip_files?: string | readonly string[] | undefined;
  readonly skip_path?: string | readonly string[] | undefined;
  readonly restore_root?: string | undefined;
  readonly max_workers?: number | undefined;
  /** A file, or `none`. */
  readonly metrics_log_file?: string | undefined;
  /** Better a reference than the text itself. */
  readonly connection_string?: string | SecretRef | undefined;
  readonly container_name?: string | undefined;
}

/** The configuration file. A key is the long name of the flag it stands for. */
export interface Config {
  /** Used when no `--repo` is given: a location or `@name`. */
  readonly repository?: string | undefined;
  readonly "cache-dir"?: string | undefined;
  readonly "no-cache"?: boolean | undefined;
  readonly catalog?: string | undefined;
  readonly "no-progress"?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly compression?: number | undefined;
  readonly repositories?: Readonly<Record<string, RepositoryConfig>> | undefined;
  readonly jobs?: Readonly<Record<string, JobConfig>> | undefined;
  readonly guid?: GuidConfig | undefined;
}

/** A path of keys inside the file. */
export type ConfigPath = readonly (string | number)[];

/** The configuration with where each part of it stands. */
export interface LoadedConfig {
  /** Absolute path; undefined when no file was found. */
  readonly file: string | undefined;
  readonly config: Config;
  /** `FILE:LINE` of a value, for messages. */
  origin(path: ConfigPath): string;
}

/** What reading the configuration needs of the world. */
export interface ConfigWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly home: string;
}
