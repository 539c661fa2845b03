import type { LoadedConfig, SecretRef } from "../../config/config.ts";
import { describeSecret } from "../../config/secret.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { formatTable } from "../format-text.ts";
import { GLOBAL_FLAGS } from "../global-flags.ts";
import { cacheFolder } from "../repository-access.ts";

const MASK = "********";
/** Parts of a location or connection that are secrets when they hold a value. */
const SECRET_PARTS = /((?:^|[?&;])(?:sig|AccountKey|SharedAccessSignature)=)[^&;]*/gi;
const SECRET_VARIABLES = ["VARVE_PASSWORD", "VARVE_NEW_PASSWORD", "VARVE_RECOVERY_KEY"] as const;

const flags = {};

export const configShowCommand: Command = defineCommand({
  name: "config show",
  summary: "show the settings in force and where they come from",
  description:
    "Shows every setting in force and where it came from: a flag, an environment variable, a line of the configuration file, or the default. Secrets are not shown.",
  args: [],
  flags,
  examples: [{ command: "varve config show --config ./varve.yaml", text: "check a file" }],
  codes: ["E_CONFIG"],
  run,
});

interface Setting {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { output, loaded } = invocation;
  const settings = [...globalSettings(invocation), ...secretSettings(invocation), ...fileSettings(loaded)];
  if (output.json)
    for (const { key, value, origin } of settings)
      await output.result(
        () => ({ message_type: "result", kind: "setting", key, value, origin }),
        () => "",
      );
  else for (const line of formatTable(settings.map(({ key, value, origin }) => [key, value, `(${origin})`]))) await output.text(line);
  return undefined;
}

function globalSettings(invocation: Invocation<typeof flags>): Setting[] {
  const { global, globalOrigins, loaded } = invocation;
  const defaults: Readonly<Record<string, string>> = {
    config: loaded.file ?? "none",
    cacheDir: cacheFolder(invocation),
    catalog: "in the cache folder",
  };
  return (Object.keys(GLOBAL_FLAGS) as (keyof typeof GLOBAL_FLAGS)[]).map((key) => {
    const value = global[key];
    const text = value === undefined ? (defaults[key] ?? "none") : typeof value === "boolean" ? (value ? "yes" : "no") : mask(value);
    const found = key === "config" && value === undefined && loaded.file !== undefined;
    return { key: GLOBAL_FLAGS[key].configKey, value: text, origin: found ? "found" : globalOrigins[key] };
  });
}

function secretSettings({ context }: Invocation<typeof flags>): Setting[] {
  return SECRET_VARIABLES.filter((name) => (context.env[name] ?? "") !== "").map((name) => ({
    key: name.slice(6).toLowerCase().replaceAll("_", "-"),
    value: MASK,
    origin: name,
  }));
}

/** The guid section, named repositories and jobs, one line a value. */
function fileSettings(loaded: LoadedConfig): Setting[] {
  return [...guidSettings(loaded), ...namedSettings(loaded)];
}

function guidSettings(loaded: LoadedConfig): Setting[] {
  return Object.entries(loaded.config.guid ?? {}).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const path = ["guid", key];
    const plainSecret = key === "connection_string" && typeof value === "string";
    const lines = plainSecret ? [{ path, value: MASK }] : flatten(path, value);
    return lines.map((line) => ({ key: line.path.join("."), value: line.value, origin: loaded.origin(path) }));
  });
}

function namedSettings(loaded: LoadedConfig): Setting[] {
  return (["repositories", "jobs"] as const).flatMap((section) =>
    Object.entries(loaded.config[section] ?? {}).flatMap(([name, body]) =>
      Object.entries(body as object)
        .filter(([, value]) => value !== undefined)
        .flatMap(([key, value]) => flatten([section, name, key], value))
        .map(({ path, value }) => ({ key: path.join("."), value, origin: loaded.origin(path) })),
    ),
  );
}

function flatten(path: readonly string[], value: unknown): { readonly path: readonly string[]; readonly value: string }[] {
  if (Array.isArray(value)) return [{ path, value: value.join(", ") }];
  if (typeof value !== "object" || value === null) return [{ path, value: mask(String(value)) }];
  if (isSecretRef(value)) return [{ path, value: `${MASK} (${describeSecret(value)})` }];
  return Object.entries(value).flatMap(([key, inner]) => flatten([...path, key], inner));
}

function isSecretRef(value: object): value is SecretRef {
  return Object.keys(value).length === 1 && ("file" in value || "command" in value || "env" in value);
}

function mask(text: string): string {
  return text.replace(SECRET_PARTS, `$1${MASK}`);
}
