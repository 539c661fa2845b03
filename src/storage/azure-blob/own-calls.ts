import type { Clock } from "../../shared/clock.ts";
import { PROGRAM_VERSION } from "../../shared/program.ts";
import type { Receiving } from "../../shared/received-bodies.ts";
import type { BlobContent, BlobPage, BlobProperties, BlobRead } from "../blob/blob-store.ts";
import type { AnswerHead } from "./answer-head.ts";
import type { Authorization } from "./authorization.ts";
import { encodedPath } from "./azure-spec.ts";
import { BLOB_CONTENT_TYPE, BrokenOff } from "./blob-calls.ts";
import type { BlobCalls, CallWatch, IdentifiedBlock, IdentifiedCommit, WantedContent, WantedPage } from "./blob-calls.ts";
import { parseBlobPage } from "./blob-page.ts";
import { UnusualAnswer } from "./http-connection.ts";
import type { HttpConnections, HttpRequest } from "./http-connections.ts";

/** Of the service's protocol. Everything asked for here is in it, and all emulators know it. */
const API_VERSION = "2024-11-04";

const USER_AGENT = `varve/${PROGRAM_VERSION}`;
const METADATA = "x-ms-meta-";

type Field = readonly [name: string, value: string];

/** The container and the ways to reach it. */
export interface OwnCallsDeps {
  /** `https://host/container`, with the account in between where the host does not name it; encoded. */
  readonly container: URL;
  readonly authorization: Authorization;
  readonly connections: HttpConnections;
  readonly clock: Clock;
  /** Told before each HTTP request. */
  readonly onRequest: () => void;
}

interface Request {
  readonly method: "GET" | "PUT";
  /** Undefined for the container itself. */
  readonly name?: string;
  readonly query?: readonly Field[];
  readonly headers?: readonly Field[];
  readonly body?: Uint8Array;
}

/** An answer that says no, in the form in which the SDK throws it. */
class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
  readonly statusCode: number;
  readonly response: { readonly headers: ReadonlyMap<string, string> };

  constructor({ status, headers }: AnswerHead) {
    super(`the service answered ${status}`);
    this.statusCode = status;
    this.response = { headers };
  }
}

/**
 * The calls as single requests of our own, over connections of our own. The SDK is made for any request, and for small blobs took most
 * of the time of each. What it alone can answer is thrown as `UnusualAnswer`.
 */
export class OwnCalls implements BlobCalls {
  readonly #deps: OwnCallsDeps;
  /** The service wants another proof than ours (401), such as a token of its own tenant. */
  #challenged = false;

  constructor(deps: OwnCallsDeps) {
    this.#deps = deps;
  }

  async read(name: string, { range, version, into, arrived }: WantedContent, watch: CallWatch): Promise<BlobRead> {
    const headers: Field[] = [];
    if (range !== undefined) headers.push(["x-ms-range", `bytes=${range.offset}-${range.offset + range.length - 1}`]);
    if (version !== undefined) headers.push(["if-match", version]);
    const { head, bytes } = await this.#send({ method: "GET", name, headers }, { ...watch, into, arrived });
    // The plain header is the range's when a range was asked for; the other one is the blob's.
    const md5 = head.headers.get(range === undefined ? "content-md5" : "x-ms-blob-content-md5");
    return {
      bytes,
      md5: md5 === undefined ? undefined : Buffer.from(md5, "base64"),
      metadata: metadataOf(head.headers),
      version: head.headers.get("etag") ?? "",
    };
  }

  async put(blob: BlobContent, watch: CallWatch): Promise<void> {
    const headers = [["x-ms-blob-type", "BlockBlob"] as const, ...propertiesOf(blob)];
    await this.#send({ method: "PUT", name: blob.name, headers, body: blob.bytes }, watch);
  }

  async putBlock({ name, id, bytes }: IdentifiedBlock, watch: CallWatch): Promise<void> {
    const query = [["comp", "block"] as const, ["blockid", id] as const];
    await this.#send({ method: "PUT", name, query, body: bytes }, watch);
  }

  async commit(blob: IdentifiedCommit, watch: CallWatch): Promise<void> {
    const list = blob.ids.map((id) => `<Latest>${id}</Latest>`).join("");
    const body = Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`);
    const headers = [["content-type", "application/xml"] as const, ...propertiesOf(blob)];
    await this.#send({ method: "PUT", name: blob.name, query: [["comp", "blocklist"]], headers, body }, watch);
  }

  async page({ prefix, from, blobsMax }: WantedPage, watch: CallWatch): Promise<BlobPage> {
    const query: Field[] = [
      ["restype", "container"],
      ["comp", "list"],
      ["maxresults", String(blobsMax)],
    ];
    if (prefix !== "") query.push(["prefix", prefix]);
    if (from !== undefined) query.push(["marker", from]);
    const { bytes } = await this.#send({ method: "GET", query }, watch);
    const page = parseBlobPage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    if (page === undefined) throw new UnusualAnswer("it is no complete listing");
    return page;
  }

  /** Throws `RefusedRequest`, `BrokenOff`, or what `HttpConnections.send` throws. */
  async #send(request: Request, how: Receiving & CallWatch): Promise<{ readonly head: AnswerHead; readonly bytes: Uint8Array }> {
    const { connections, onRequest } = this.#deps;
    if (this.#challenged) throw new UnusualAnswer("it asked for another proof");
    const signed = await this.#signed(request);
    onRequest();
    const { head, bytes } = await connections.send(signed, how);
    if (head.status === 401) {
      this.#challenged = true;
      throw new UnusualAnswer("it asks for another proof");
    }
    if (head.status >= 300) throw new RefusedRequest(head);
    if (bytes === undefined) throw new BrokenOff("the answer broke off");
    return { head, bytes };
  }

  async #signed({ method, name, query = [], headers: own = [], body }: Request): Promise<HttpRequest> {
    const { container, authorization, clock } = this.#deps;
    const path = name === undefined ? container.pathname : `${container.pathname}/${encodedPath(name)}`;
    const date = new Date(Number(clock.nowNs() / 1_000_000n)).toUTCString();
    const headers: Field[] = [["x-ms-date", date], ["x-ms-version", API_VERSION], ["user-agent", USER_AGENT], ...own];
    const proof = await authorization.header({ method, path, query, headers, bodyBytes: body?.length ?? 0 });
    if (proof !== undefined) headers.push(["authorization", proof]);
    const target = `${path}${queryText(query, authorization.query)}`;
    return { method, origin: container, target, headers, ...(body && { body }) };
  }
}

function queryText(query: readonly Field[], more: string): string {
  const parts = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (more !== "") parts.push(more);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function propertiesOf({ md5, metadata }: BlobProperties): Field[] {
  const fields: Field[] = [
    ["x-ms-blob-content-type", BLOB_CONTENT_TYPE],
    ["x-ms-blob-content-md5", Buffer.from(md5.buffer, md5.byteOffset, md5.length).toString("base64")],
  ];
  for (const [name, value] of Object.entries(metadata)) fields.push([METADATA + name, value]);
  return fields;
}

function metadataOf(headers: ReadonlyMap<string, string>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = value;
  return metadata;
}
