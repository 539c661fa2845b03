import { ContainerSASPermissions, SASProtocol, StorageSharedKeyCredential, generateBlobSASQueryParameters } from "@azure/storage-blob";
import type { Azurite } from "./azurite.ts";

/** A SAS for one container, valid for an hour; `permissions` in the service's letters, such as `rcld`. */
export async function makeSas(azurite: Azurite, containerName: string, permissions: string): Promise<string> {
  const credential = new StorageSharedKeyCredential(azurite.account, azurite.key);
  const expiresOn = new Date(Date.now() + 3600_000);
  const facts = { containerName, permissions: ContainerSASPermissions.parse(permissions), expiresOn, protocol: SASProtocol.HttpsAndHttp };
  return generateBlobSASQueryParameters(facts, credential).toString();
}
