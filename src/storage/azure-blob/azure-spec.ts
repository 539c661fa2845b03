/** How requests to Azure are signed. */
export type AzureCredential =
  | { readonly kind: "key"; readonly key: string }
  /** Without the leading `?`. */
  | { readonly kind: "sas"; readonly sas: string }
  /** The Azure identity of the environment: workload identity, managed identity, service principal, `az login`. */
  | { readonly kind: "default" };

/** Where blobs live and how to reach them. Plain data, with its secrets: postable to threads, never to be printed. */
export interface AzureBlobSpec {
  readonly kind: "azure-blob";
  readonly account: string;
  /** No trailing slash: `https://acct.blob.core.windows.net`, `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly serviceUrl: string;
  readonly container: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
  readonly credential: AzureCredential;
  /** The environment names a proxy: requests leave through the SDK, which knows which of them go that way. */
  readonly proxied?: boolean;
}

/** The place without any credential, in a form that `parseLocation` reads again. */
export function describeAzureBlob(spec: AzureBlobSpec): string {
  return `${spec.serviceUrl}/${spec.container}/${encodedPath(spec.prefix)}`.replace(/\/$/, "");
}

/** The name of a blob, or a prefix, as part of a URL's path. Slashes are a part of names and of paths alike. */
export function encodedPath(name: string): string {
  return encodeURIComponent(name).replaceAll("%2F", "/");
}
