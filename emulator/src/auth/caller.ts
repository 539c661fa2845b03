/** Who asks, once the request proved it: what `authorize` decides by. */
export type Caller = OwnerCaller | SasCaller;

/** Came with a shared access signature, and may do what that grants. */
export type SasCaller = AccountSasCaller | ServiceSasCaller;

/** Holds the account's key, or a bearer token with backup intent: may do everything. */
export interface OwnerCaller {
  readonly kind: "sharedKey" | "bearer";
}

/** Came with a signature for the account. */
export interface AccountSasCaller {
  readonly kind: "accountSas";
  /** Letters of `sp`. */
  readonly permissions: string;
  /** Letters of `srt`: service, container (a share), object (a file or directory). */
  readonly resourceTypes: string;
}

/** Came with a signature for one share, or for one file. */
export interface ServiceSasCaller {
  readonly kind: "shareSas" | "fileSas";
  readonly permissions: string;
}
