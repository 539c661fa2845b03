import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from "@azure/storage-file-share";
import type { Emulator } from "../../emulator/src/index.ts";

/** A SAS of the account for files; `permissions` in the service's letters, such as `rcwdl`; `hours` from now it ends. */
export function shareSas({ account, key }: Emulator, permissions: string, hours = 1): string {
  const now = Date.now();
  return generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse("f").toString(),
      resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
      permissions: AccountSASPermissions.parse(permissions),
      startsOn: new Date(now - 48 * 3_600_000),
      expiresOn: new Date(now + hours * 3_600_000),
      protocol: SASProtocol.HttpsAndHttp,
    },
    new StorageSharedKeyCredential(account, key),
  ).toString();
}
