import { AppError } from "../../shared/errors.ts";
import { askNewPassword, canAsk } from "../ask.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flags.ts";
import type { ChosenRepository } from "../repository-access.ts";
import { chooseRepository, findPassword } from "../repository-access.ts";

const flags = {
  noPassword: switchFlag("no-password", "make a repository that opens without a password: whoever can read the store can read everything"),
  label: textFlag("label TEXT", "label of the first key", { defaultText: "USER@HOST" }),
};

export const initCommand: Command = defineCommand({
  name: "init",
  summary: "make a new repository",
  description:
    "Makes a new repository and prints its id and a recovery key. The recovery key opens the repository when the password is lost; it is shown this once.",
  args: [{ name: "REPO", help: "where to make it; the same as --repo", required: false, variadic: false }],
  flags,
  examples: [
    { command: "varve init ./repo", text: "in a folder; asks for a password" },
    { command: "varve init az://account/backup --password-file /etc/varve/password", text: "in Azure Blob Storage" },
  ],
  codes: ["E_REPO_EXISTS", "E_PASSWORD_MISSING", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, output, args, global, globalOrigins, flags: values } = invocation;
  const [named] = args;
  if (named !== undefined && globalOrigins.repo === "--repo" && global.repo !== named) {
    throw new AppError({
      code: "E_USAGE",
      what: "two repositories are named",
      why: `${named} and ${global.repo ?? ""}`,
      hint: "name one of them",
    });
  }
  const chosen = await chooseRepository(invocation, named ?? global.repo);
  const password = values.noPassword ? undefined : await newPassword(invocation, chosen);
  const { clock, random, machine, services } = context;
  const label = values.label ?? `${machine.user}@${machine.host}`;
  const made = await services.repositories.init({ place: chosen.place, password, label, clock, random });
  const location = await services.repositories.describe(chosen.place);
  const recoveryKey = made.recoveryKey ?? null;
  await output.result(
    () => ({
      message_type: "result",
      kind: "repository",
      repository_id: made.repositoryId,
      location,
      encrypted: password !== undefined,
      recovery_key: recoveryKey,
    }),
    () => [`repository ${made.repositoryId} made in ${location}`, ...(recoveryKey === null ? [] : recoveryBlock(recoveryKey))].join("\n"),
  );
  return undefined;
}

async function newPassword(invocation: Invocation<typeof flags>, chosen: ChosenRepository): Promise<string> {
  const given = await findPassword(invocation, chosen.password);
  if (given !== undefined) return given;
  if (canAsk(invocation.context)) return askNewPassword(invocation, "new password");
  throw new AppError({
    code: "E_PASSWORD_MISSING",
    what: "a new repository needs a password, and none was given",
    why: "nobody is there to be asked",
    hint: "set VARVE_PASSWORD_FILE or --password-file, or choose --no-password",
  });
}

function recoveryBlock(key: string): string[] {
  const rule = "-".repeat(Math.max(48, key.length + 4));
  return [
    "",
    rule,
    "WRITE THIS DOWN: the recovery key",
    "",
    `  ${key}`,
    "",
    "It opens the repository when the password is lost.",
    "Keep it on paper, away from this machine. It is not shown again.",
    rule,
  ];
}
