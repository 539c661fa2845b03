/** How requests to a share are signed. */
export type ShareCredential =
  | { readonly kind: "key"; readonly key: string }
  /** Without the leading `?`. */
  | { readonly kind: "sas"; readonly sas: string }
  /** The Microsoft Entra identity of the environment, with backup intent: it reads and writes whatever the ACLs say. */
  | { readonly kind: "default" };

/** A tree of a share and how to reach it. Plain data, with its secrets: postable to threads, never to be printed. */
export interface ShareSpec {
  readonly kind: "azure-files";
  readonly account: string;
  /** No trailing slash: `https://acct.file.core.windows.net`, `http://127.0.0.1:10004/devstoreaccount1`. */
  readonly serviceUrl: string;
  readonly share: string;
  /** Root of the tree in the share, `/` between names; empty for the whole share. */
  readonly path: string;
  /** Share snapshot (timestamp) that is read; empty for the share as it is now. */
  readonly snapshot: string;
  readonly credential: ShareCredential;
  /** Where the credential is looked for, for hints. */
  readonly variables: "VARVE_SOURCE" | "VARVE_TARGET";
}

/** `azfiles://account/share/path`: the place for people, manifests and catalogs, without credentials and without a moment. */
export function describeShare({ account, share, path }: Pick<ShareSpec, "account" | "share" | "path">): string {
  return `azfiles://${account}/${share}${path === "" ? "" : `/${path}`}`;
}
