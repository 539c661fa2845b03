import { join } from "node:path";
import { toHex } from "../shared/bytes.ts";
import { describeAzureBlob } from "../storage/azure-blob/azure-spec.ts";
import type { AzureBlobSpec } from "../storage/azure-blob/azure-spec.ts";
import { fingerprint } from "./fingerprint.ts";

/** Where the journal of a mapping and its container is kept; undefined without a folder. */
export function journalPath(
  folder: string | undefined,
  of: { readonly container: AzureBlobSpec; readonly mapping: string },
): string | undefined {
  if (folder === undefined) return undefined;
  return join(folder, "guid", `${toHex(fingerprint(`${describeAzureBlob(of.container)}\0${of.mapping}`))}.journal`);
}
