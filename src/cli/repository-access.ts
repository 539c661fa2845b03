import { join } from "node:path";
import type { SecretRef } from "../config/config.ts";
import { expandPath } from "../config/load.ts";
import { readSecret } from "../config/secret.ts";
import { splitWords } from "../config/split-words.ts";
import { suggest } from "../config/suggest.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";
import type { Invocation } from "./command.ts";
import type { FlagSet } from "./flags.ts";
import { askPassword, canAsk } from "./ask.ts";
import type { RepositoryPlace } from "./services.ts";

/** Wrong passwords a person may type before the command gives up. */
const PASSWORD_TRIES_MAX = 3;

/** Where the repository is, and the password the configuration keeps for it. */
export interface ChosenRepository {
  readonly place: RepositoryPlace;
  readonly password: SecretRef | undefined;
}

type Access = Pick<Invocation<FlagSet>, "context" | "global" | "globalOrigins" | "loaded" | "output" | "terminal">;

/** The repository that `text` (or else the settings) names. Throws E_USAGE when none is named, E_CONFIG for an unknown `@name`. */
export async function chooseRepository(access: Access, text: string | undefined = access.global.repo): Promise<ChosenRepository> {
  if (text === undefined) {
    throw new AppError({
      code: "E_USAGE",
      what: "no repository is named",
      why: "neither --repo nor VARVE_REPOSITORY nor 'repository' in the configuration says which",
      hint: "add --repo REPO, as in --repo /srv/backup",
    });
  }
  if (!text.startsWith("@")) return { place: { location: text, env: access.context.env }, password: undefined };
  const known = access.loaded.config.repositories ?? {};
  const name = text.slice(1);
  const repository = Object.hasOwn(known, name) ? known[name] : undefined;
  if (repository === undefined) throw unknownName(text, Object.keys(known), access.loaded.file);
  const env: Record<string, string | undefined> = { ...access.context.env };
  for (const [variable, value] of Object.entries(repository.environment ?? {})) {
    env[variable] = typeof value === "string" ? value : await readSecret(value, variable, access.context);
  }
  return { place: { location: repository.location, env }, password: repository.password };
}

function unknownName(text: string, names: readonly string[], file: string | undefined): AppError {
  const near = suggest(text.slice(1), names);
  const known = names.length === 0 ? "it names no repositories" : `it knows ${names.map((name) => `@${name}`).join(", ")}`;
  return new AppError({
    code: "E_CONFIG",
    what: `there is no repository ${text} in the configuration`,
    why: file === undefined ? "no configuration file was found" : `${file}: ${known}`,
    hint: near === undefined ? "add it under 'repositories:', or name the place itself" : `did you mean @${near}?`,
  });
}

/** Opens the repository the settings name; asks for the password only when it needs one and a person is there. */
export async function openRepository(access: Access, gauge?: RequestGauge): Promise<OpenRepository> {
  const chosen = await chooseRepository(access);
  const { context, global } = access;
  const secret = await findSecret(access, chosen);
  const open = (given: Secret): Promise<OpenRepository> =>
    context.services.repositories.open({
      place: chosen.place,
      secret: given,
      cacheDirectory: global.noCache ? undefined : cacheFolder(access),
      clock: context.clock,
      random: context.random,
      gauge,
      onWait: (remark) => {
        access.output.event({ message_type: "warning", message: remark });
        access.terminal.message(remark);
      },
    });
  try {
    return await open(secret);
  } catch (error) {
    if (!isAppError(error, "E_PASSWORD_MISSING") || !canAsk(context)) throw error;
  }
  for (let tried = 1; ; tried += 1) {
    try {
      return await open({ password: await askPassword(access, "password of the repository: ") });
    } catch (error) {
      if (!isAppError(error, "E_PASSWORD") || tried === PASSWORD_TRIES_MAX) throw error;
      access.terminal.message("no key opens with this password; once more");
    }
  }
}

type Secret = { readonly password?: string; readonly recoveryKey?: string };

/** The secret that flags, environment or configuration hold, in this order; empty when there is none. */
async function findSecret(access: Access, chosen: ChosenRepository): Promise<Secret> {
  const { context, global } = access;
  const recovery = global.recoveryKeyFile;
  if (recovery !== undefined) return { recoveryKey: await readSecret({ file: fileOf(access, recovery) }, "recovery key", context) };
  const password = await findPassword(access, chosen.password);
  if (password !== undefined) return { password };
  const recoveryKey = context.env["VARVE_RECOVERY_KEY"] ?? "";
  return recoveryKey === "" ? {} : { recoveryKey };
}

/** The password without asking anyone: `--password-file` or `-command`, `VARVE_PASSWORD`, its twins, then the configuration. */
export async function findPassword(access: Access, configured: SecretRef | undefined): Promise<string | undefined> {
  const { context } = access;
  const flag = passwordFlags(access, true);
  if (flag !== undefined) return readSecret(flag, "password", context);
  const plain = context.env["VARVE_PASSWORD"] ?? "";
  if (plain !== "") return plain;
  const ref = passwordFlags(access, false) ?? configured;
  return ref === undefined ? undefined : readSecret(ref, "password", context);
}

/** The password flags, either as given on the command line or as their environment twins say. */
function passwordFlags(access: Access, onCommandLine: boolean): SecretRef | undefined {
  const { global, globalOrigins } = access;
  const given = (key: "passwordFile" | "passwordCommand"): string | undefined =>
    globalOrigins[key].startsWith("--") === onCommandLine ? global[key] : undefined;
  const file = given("passwordFile");
  const command = given("passwordCommand");
  if (file !== undefined && command !== undefined && onCommandLine) {
    throw new AppError({
      code: "E_USAGE",
      what: "--password-file and --password-command cannot be used together",
      hint: "give one of them",
    });
  }
  if (file !== undefined) return { file: fileOf(access, file) };
  return command === undefined ? undefined : { command: splitWords(command) };
}

function fileOf(access: Access, path: string): string {
  return expandPath(path, access.context.cwd, access.context.machine.home);
}

/** Folder of everything that is kept on this machine and can be made again. */
export function cacheFolder(access: Pick<Access, "context" | "global">): string {
  const { env, machine, cwd } = access.context;
  if (access.global.cacheDir !== undefined) return expandPath(access.global.cacheDir, cwd, machine.home);
  return join(env["XDG_CACHE_HOME"] || join(machine.home, ".cache"), "varve");
}

/** Catalog file of a repository; undefined when none is wanted. */
export function catalogPath(access: Pick<Access, "context" | "global">, repositoryId: string): string | undefined {
  return catalogFile(access, () => join(cacheFolder(access), repositoryId, "catalog.sqlite"));
}

/** Catalog file that the settings name, or the usual one; undefined when none is wanted. */
export function catalogFile(access: Pick<Access, "context" | "global">, usual: () => string): string | undefined {
  const { catalog, noCache } = access.global;
  if (catalog === "none") return undefined;
  if (catalog !== undefined) return expandPath(catalog.replace(/^sqlite:/, ""), access.context.cwd, access.context.machine.home);
  return noCache ? undefined : usual();
}
