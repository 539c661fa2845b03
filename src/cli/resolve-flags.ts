import type { ConfigPath, LoadedConfig } from "../config/config.ts";
import { AppError } from "../shared/errors.ts";
import type { Flag, FlagSet, FlagValues } from "./flags.ts";

/** Where values may come from, the first that has one wins: flag, environment, then the sections of the configuration in order. */
export interface FlagSources {
  /** What stood on the command line, by long name. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loaded: LoadedConfig;
  /** Sections whose keys supply values, the nearest first; the empty path is the top of the file. */
  readonly sections: readonly ConfigPath[];
}

/** The values in force and, in words, where each came from. */
export interface ResolvedFlags<F extends FlagSet> {
  readonly values: FlagValues<F>;
  readonly origins: { readonly [K in keyof F]: string };
}

interface Offer {
  readonly texts: readonly string[];
  /** For `config show`: `--repo`, `VARVE_REPO`, `varve.yaml:3`. */
  readonly origin: string;
  readonly code: "E_USAGE" | "E_CONFIG";
}

/** Settles every flag of `flags`. Throws E_USAGE (flag, environment) or E_CONFIG (file) for a value that is not valid, naming its origin. */
export function resolveFlags<F extends FlagSet>(flags: F, sources: FlagSources): ResolvedFlags<F> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const offer = fromCommandLine(flag, sources) ?? fromEnvironment(flag, sources) ?? fromConfig(flag, sources);
    values[key] = offer === undefined ? flag.initial : parseOffer(flag, offer);
    origins[key] = offer?.origin ?? "default";
  }
  return { values: values as FlagValues<F>, origins: origins as { [K in keyof F]: string } };
}

function parseOffer(flag: Flag<unknown>, offer: Offer): unknown {
  const parsed = flag.parse(offer.texts);
  if ("value" in parsed) return parsed.value;
  throw new AppError({
    code: offer.code,
    what: `${offer.origin} cannot be '${offer.texts.join(", ")}'`,
    why: parsed.problem,
    hint: `${flag.help} (--${flag.long})`,
  });
}

function fromCommandLine(flag: Flag<unknown>, sources: FlagSources): Offer | undefined {
  const texts = sources.given.get(flag.long);
  return texts === undefined ? undefined : { texts, origin: `--${flag.long}`, code: "E_USAGE" };
}

function fromEnvironment(flag: Flag<unknown>, sources: FlagSources): Offer | undefined {
  for (const name of flag.env) {
    const text = sources.env[name];
    // An empty variable is how a shell or a unit file unsets one.
    if (text === undefined || text === "") continue;
    const texts = flag.separator === undefined ? [text] : text.split(flag.separator).filter((part) => part !== "");
    return { texts, origin: name, code: "E_USAGE" };
  }
  return undefined;
}

function fromConfig(flag: Flag<unknown>, sources: FlagSources): Offer | undefined {
  for (const section of sources.sections) {
    const value = valueAt(sources.loaded.config, [...section, flag.configKey]);
    if (value === undefined) continue;
    const texts = Array.isArray(value) ? value.map(String) : [typeof value === "string" ? value : JSON.stringify(value)];
    return { texts, origin: sources.loaded.origin([...section, flag.configKey]), code: "E_CONFIG" };
  }
  return undefined;
}

function valueAt(config: unknown, path: ConfigPath): unknown {
  let value = config;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}
