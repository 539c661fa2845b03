import type { Flag, FlagValues } from "./flags.ts";
import { switchFlag, textFlag } from "./flags.ts";

type GlobalFlags = {
  readonly repo: Flag<string | undefined>;
  readonly json: Flag<boolean>;
  readonly quiet: Flag<boolean>;
  readonly verbose: Flag<boolean>;
  readonly noProgress: Flag<boolean>;
  readonly cacheDir: Flag<string | undefined>;
  readonly noCache: Flag<boolean>;
  readonly catalog: Flag<string | undefined>;
  readonly passwordFile: Flag<string | undefined>;
  readonly passwordCommand: Flag<string | undefined>;
  readonly recoveryKeyFile: Flag<string | undefined>;
  readonly config: Flag<string | undefined>;
  readonly debug: Flag<boolean>;
};

/** Flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS: GlobalFlags = {
  repo: textFlag(
    "repo REPO",
    "repository: a folder, azure:CONTAINER:/PREFIX, az://ACCOUNT/CONTAINER/PREFIX, or @NAME of the configuration",
    {
      short: "r",
      envFirst: "VARVE_REPOSITORY",
      configKey: "repository",
    },
  ),
  json: switchFlag("json", "print events as JSON, one a line"),
  quiet: switchFlag("quiet", "print results and errors only", { short: "q" }),
  verbose: switchFlag("verbose", "name every item", { short: "v" }),
  noProgress: switchFlag("no-progress", "show no progress"),
  cacheDir: textFlag("cache-dir DIR", "keep the local cache here", { defaultText: "$XDG_CACHE_HOME/varve" }),
  noCache: switchFlag("no-cache", "keep nothing on this machine: neither cache nor catalog"),
  catalog: textFlag("catalog FILE", "catalog of known files for quick comparison, or 'none'", {
    defaultText: "one for each repository in the cache folder",
  }),
  passwordFile: textFlag("password-file FILE", "read the password from this file"),
  passwordCommand: textFlag("password-command COMMAND", "run this program (no shell) and take what it prints as the password"),
  recoveryKeyFile: textFlag("recovery-key-file FILE", "open with the recovery key in this file instead of a password"),
  config: textFlag("config FILE", "configuration file", { defaultText: "./varve.yaml, then the user's, then /etc/varve/config.yaml" }),
  debug: switchFlag("debug", "show stack traces of errors"),
};

export type GlobalValues = FlagValues<GlobalFlags>;
