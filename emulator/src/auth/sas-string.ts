import type { SasToken } from "./sas-token.ts";

/** The version whose account signatures began to cover the encryption scope. */
const WITH_ENCRYPTION_SCOPE = "2020-12-06";

/** The version whose service signatures began to cover address and protocol. */
const WITH_ADDRESS_AND_PROTOCOL = "2015-04-05";

/** What the signature of an account SAS covers, in the order of its version. */
export function accountSasString(token: SasToken, account: string): string {
  const { sp, ss, srt, st, se, sip, spr, sv, ses } = token;
  const lines = [account, sp, ss, srt, st, se, sip, spr, sv];
  if (sv >= WITH_ENCRYPTION_SCOPE) lines.push(ses);
  return `${lines.join("\n")}\n`;
}

/** What the signature of a service SAS covers; `resource` is `share` or `share/path/of/file`, decoded. */
export function serviceSasString(token: SasToken, account: string, resource: string): string {
  const { sp, st, se, si, sip, spr, sv, rscc, rscd, rsce, rscl, rsct } = token;
  const addressAndProtocol = sv >= WITH_ADDRESS_AND_PROTOCOL ? [sip, spr] : [];
  return [sp, st, se, `/file/${account}/${resource}`, si, ...addressAndProtocol, sv, rscc, rscd, rsce, rscl, rsct].join("\n");
}
