import { sharedKeyStrings } from "../auth/shared-key-string.ts";
import { signatureOf } from "../auth/signature.ts";
import type { Emulator } from "../server.ts";
import { UsageError } from "./usage-error.ts";

const VERSION = "2025-05-05";

/** Makes a share where there is none, through the front door. Throws a UsageError for a name that the service refuses. */
export async function makeShare({ url, account, key }: Emulator, share: string): Promise<void> {
  const target = new URL(`${url}/${encodeURIComponent(share)}?restype=share`);
  const headers = { "x-ms-date": new Date().toUTCString(), "x-ms-version": VERSION };
  const request = { method: "PUT", target: `${target.pathname}${target.search}`, headers, remoteAddress: "", protocol: "http" } as const;
  const signature = signatureOf(sharedKeyStrings(request, account)[0] ?? "", Buffer.from(key, "base64"));
  const answer = await fetch(target, { method: "PUT", headers: { ...headers, authorization: `SharedKey ${account}:${signature}` } });
  const code = answer.headers.get("x-ms-error-code") ?? "";
  await answer.body?.cancel();
  if (answer.ok || code === "ShareAlreadyExists") return;
  throw new UsageError(`the share ${share} cannot be made`, code, "names have 3 to 63 lower-case letters, digits and single hyphens");
}
