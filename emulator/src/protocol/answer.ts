/** What a handler answers; names of headers in lower case. Undefined headers are not sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string | Uint8Array | ContentBody;
}

/** A body that is read while it is sent. */
export interface ContentBody {
  readonly length: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** An answer without a body. */
export function answer(status: number, headers: Answer["headers"] = {}): Answer {
  return { status, headers };
}

/** An answer with an XML document. */
export function xmlAnswer(body: string, headers: Answer["headers"] = {}): Answer {
  return { status: 200, headers: { ...headers, "content-type": "application/xml" }, body };
}
