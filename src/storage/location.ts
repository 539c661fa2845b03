import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../shared/errors.ts";
import type { Environment } from "./azure-blob/azure-environment.ts";
import { parseAzureColon, parseAzureShort, parseAzureUrl } from "./azure-blob/azure-location.ts";
import { describeAzureBlob } from "./azure-blob/azure-spec.ts";
import type { AzureBlobSpec } from "./azure-blob/azure-spec.ts";

/** A folder that holds a repository. */
export interface LocalSpec {
  readonly kind: "local";
  /** Absolute. */
  readonly path: string;
}

/**
 * Where a repository is and how to reach it. Plain data that can be posted to worker threads. It holds credentials: print it only
 * through `describeLocation`.
 */
export type StoreSpec = (LocalSpec | AzureBlobSpec) & {
  /** Memory of the `RequestGauge` in which every store that is opened from this spec counts, in whichever thread. */
  readonly gauge?: SharedArrayBuffer;
};

/**
 * Reads a repository location: `dir`, `./dir`, `/dir`, `file:/dir`, `azure:container:/prefix`, `az://account/container/prefix`,
 * `https://account.blob.core.windows.net/container/prefix`, or an emulator's `http://127.0.0.1:10000/account/container/prefix`.
 * Credentials come from `env` or from a SAS in the location. Touches neither disk nor network; E_CONFIG when not understood.
 */
export function parseLocation(text: string, env: Environment): StoreSpec {
  if (text.trim() === "") throw refused("the repository location is empty", "", "name a folder or az://account/container/prefix");
  const scheme = /^([a-z][a-z0-9+.-]+):/.exec(text)?.[1];
  switch (scheme) {
    case undefined:
      return { kind: "local", path: resolve(text) };
    case "file":
      return { kind: "local", path: resolve(filePath(text)) };
    case "azure":
      return parseAzureColon(text, env);
    case "az":
      return parseAzureShort(text, env);
    case "http":
    case "https":
      return parseAzureUrl(text, env);
    case "s3":
      throw refused(
        "S3 repositories do not work yet",
        "this version stores in folders and in Azure Blob",
        "use a folder or az://account/container/prefix",
      );
    default:
      throw refused(
        `repository locations cannot start with ${scheme}:`,
        "that kind of store is not known",
        "write ./ before a folder with a colon in its name",
      );
  }
}

/** The location for people and logs: without SAS, key or any other credential. `parseLocation` reads it again. */
export function describeLocation(spec: StoreSpec): string {
  return spec.kind === "local" ? spec.path : describeAzureBlob(spec);
}

function filePath(text: string): string {
  if (!text.startsWith("file://")) return text.slice("file:".length);
  try {
    return fileURLToPath(text);
  } catch {
    throw refused(`repository location ${text} is not a file on this machine`, "its host or escapes are not understood", "write file:/dir");
  }
}

function refused(what: string, why: string, hint: string): AppError {
  return new AppError({ code: "E_CONFIG", what, why, hint });
}
