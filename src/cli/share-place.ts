import { readSecret } from "../config/secret.ts";
import { isShareLocation, parseShareLocation } from "../source/azure-files/share-location.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import { describeShare, type ShareSpec } from "../source/azure-files/share-spec.ts";
import type { CliContext } from "./context.ts";

/** Variables that hold secrets, and so may name a file instead by `..._FILE`. */
const SECRETS = ["KEY", "SAS_TOKEN", "CONNECTION_STRING"];

/** A share that an argument names, with its credentials; undefined when the argument is a path of this machine. */
export async function sharePlace(
  text: string,
  variables: ShareSpec["variables"],
  context: Pick<CliContext, "env" | "cwd">,
): Promise<ShareSpec | undefined> {
  if (!isShareLocation(text)) return undefined;
  const env: Record<string, string | undefined> = { ...context.env };
  for (const prefix of ["VARVE_SOURCE", "VARVE_TARGET"]) {
    for (const secret of SECRETS) {
      const file = context.env[`${prefix}_${secret}_FILE`] ?? "";
      if (file !== "") env[`${prefix}_${secret}`] = await readSecret({ file }, `${prefix}_${secret}`, context);
    }
  }
  return parseShareLocation(text, env, variables);
}

/** A place on this machine or in a share, for people: without credentials. */
export function placeInWords(place: ByteString | ShareSpec): string {
  return typeof place === "string" ? displayBytes(place) : describeShare(place);
}
