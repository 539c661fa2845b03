import { authenticate, type AuthOptions } from "../auth/authenticate.ts";
import { authorize } from "../auth/authorize.ts";
import type { Backend, ByteRange } from "../backend/backend.ts";
import type { CopySource, CopySourceRequest, SourceReader } from "../handlers/copy-source.ts";
import { collect } from "../handlers/sent-content.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { checkPath, parseRequestPath, trimDots } from "../protocol/path-names.ts";
import { parseQuery } from "../protocol/request.ts";

/** Reads copy sources of this server from its backend, and others over HTTP. */
export function sourceReader(backend: Backend, auth: AuthOptions): SourceReader {
  return async (request) => {
    if (!URL.canParse(request.url)) throw invalidHeader("x-ms-copy-source", request.url);
    const url = new URL(request.url);
    return url.host === new URL(request.endpoint).host ? openOwn(url, request, { backend, auth }) : openForeign(url, request);
  };
}

interface Own {
  readonly backend: Backend;
  readonly auth: AuthOptions;
}

async function openOwn(url: URL, { isOwner, keepDots }: CopySourceRequest, { backend, auth }: Own): Promise<CopySource> {
  const query = parseQuery(url.search.slice(1));
  if (query.has("sig") || !isOwner) {
    const target = `${url.pathname}${url.search}`;
    authorize(await authenticate({ method: "GET", target, headers: {}, remoteAddress: "127.0.0.1", protocol: "http" }, auth), "GetFile");
  }
  const { share, path: names } = parseRequestPath(url.pathname, auth.account);
  const record = await backend.shares.get(share);
  if (record === undefined) throw new StorageError("ShareNotFound");
  const path = trimDots(names, keepDots);
  checkPath(path, record.protocol);
  const view = { share, snapshot: query.get("sharesnapshot") };
  const { node } = await backend.tree.find(view, path);
  if (node?.kind !== "file") throw new StorageError("ResourceNotFound");
  const permission = await backend.permissions.get(share, node.permissionKey);
  return {
    length: node.size,
    node,
    permission: permission?.format === "Sddl" ? permission.text : "",
    read: async (range) => collect(await backend.content.read(view, node.fileId, range), range.length),
  };
}

async function openForeign(url: URL, { authorization }: CopySourceRequest): Promise<CopySource> {
  const headers = authorization === undefined ? {} : { authorization };
  const head = await ask(url, { method: "HEAD", headers });
  const length = Number(head.headers.get("content-length"));
  const read = async ({ offset, length }: ByteRange): Promise<Uint8Array> => {
    const part = await ask(url, { headers: { ...headers, range: `bytes=${offset}-${offset + length - 1}` } });
    const bytes = new Uint8Array(await part.arrayBuffer());
    if (bytes.length !== length) throw new StorageError("CannotVerifyCopySource");
    return bytes;
  };
  return { length, node: undefined, permission: "", read };
}

async function ask(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch(() => undefined);
  if (response?.ok === true) return response;
  const details = response === undefined ? {} : { CopySourceStatusCode: String(response.status) };
  throw new StorageError("CannotVerifyCopySource", { details });
}
