import type { ByteRange } from "../backend/backend.ts";
import type { NodeRecord } from "../backend/node-record.ts";

/** Content that lies behind a URL, in this server or elsewhere. */
export interface CopySource {
  readonly length: number;
  /** The node, when the source is a file of this server. */
  readonly node: NodeRecord | undefined;
  /** The text of the node's descriptor, for a copy into another share; empty when it has none. */
  readonly permission: string;
  /** The bytes of a range, which lies inside the source. */
  read(range: ByteRange): Promise<Uint8Array>;
}

/** What to read, and how. */
export interface CopySourceRequest {
  readonly url: string;
  /** The URL's host when it is this server; every other host is asked over HTTP. */
  readonly endpoint: string;
  /** Whoever asks holds the account's key, so that files of the account need no signature. */
  readonly isOwner: boolean;
  readonly keepDots: boolean;
  /** `x-ms-copy-source-authorization`, for other hosts. */
  readonly authorization: string | undefined;
}

/** Finds what `x-ms-copy-source` names. Throws CannotVerifyCopySource, or what this server says about a source of its own. */
export type SourceReader = (request: CopySourceRequest) => Promise<CopySource>;
