import { ENTRY_KIND, type AzureFacts, type EntryKind } from "../../format/entry.ts";
import { AppError } from "../../shared/errors.ts";
import { attributeBits } from "./file-attributes.ts";
import { type ListedEntry, unquoted } from "./list-page.ts";
import type { RawAnswer } from "./raw-answers.ts";
import { ticksOfStamp } from "./ticks.ts";

/** What the service tells of one node when it is asked for it alone, or for its content. */
export interface NodeFacts extends Omit<ListedEntry, "name"> {
  readonly contentType: string;
  readonly contentMd5: Uint8Array | undefined;
  readonly userMetadata: readonly { readonly name: string; readonly value: string }[];
  /** Of a node of an NFS share; undefined on SMB shares. */
  readonly posix: PosixFacts | undefined;
}

export interface PosixFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

/** What the service gives to files that were never told otherwise; kept as nothing. */
export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

const METADATA_PREFIX = "x-ms-meta-";
const MD5_BYTES = 16;

const NFS_KINDS: Readonly<Record<string, EntryKind>> = {
  Regular: ENTRY_KIND.file,
  Directory: ENTRY_KIND.directory,
  SymLink: ENTRY_KIND.symlink,
};

/** The facts in the headers of an answer about a node; `expected` where they do not tell the kind. Throws E_SOURCE_READ. */
export function factsOfAnswer(answer: RawAnswer, expected: EntryKind): NodeFacts {
  const header = (name: string): string => answer.header(name);
  const kind = NFS_KINDS[header("x-ms-file-file-type")] ?? expected;
  const md5 = Buffer.from(header("x-ms-content-md5") || (header("content-range") === "" ? header("content-md5") : ""), "base64");
  const type = header("content-type");
  return {
    kind,
    fileId: idOf(header("x-ms-file-id")),
    size: kind === ENTRY_KIND.file ? sizeOf(header("content-length"), header("content-range")) : 0,
    etag: unquoted(header("etag")),
    creationTicks: ticksOf(header("x-ms-file-creation-time")),
    lastAccessTicks: 0n,
    lastWriteTicks: ticksOf(header("x-ms-file-last-write-time")),
    changeTicks: ticksOf(header("x-ms-file-change-time")),
    attributes: attributeBits(header("x-ms-file-attributes")),
    permissionKey: header("x-ms-file-permission-key"),
    contentType: kind !== ENTRY_KIND.file || type === DEFAULT_CONTENT_TYPE ? "" : type,
    contentMd5: md5.length === MD5_BYTES ? new Uint8Array(md5) : undefined,
    userMetadata: metadataOf(answer.headers()),
    posix: posixOf(answer),
  };
}

/** As an entry keeps them. The listing alone tells the time of the last access. */
export function azureFactsOf(facts: NodeFacts, lastAccessTicks: bigint): AzureFacts {
  const { etag, contentMd5, attributes, creationTicks, lastWriteTicks, changeTicks, permissionKey, contentType, userMetadata } = facts;
  return {
    etag,
    contentMd5,
    attributes,
    creationTicks,
    lastWriteTicks,
    changeTicks,
    lastAccessTicks,
    permissionKey,
    permission: undefined,
    contentType,
    userMetadata,
  };
}

function posixOf(answer: RawAnswer): PosixFacts | undefined {
  const mode = answer.header("x-ms-mode");
  if (!/^[0-7]{3,5}$/.test(mode)) return undefined;
  const numberOf = (name: string): number => {
    const text = answer.header(name);
    return /^\d{1,10}$/.test(text) ? Number(text) : 0;
  };
  return {
    mode: Number.parseInt(mode, 8) & 0o7777,
    uid: numberOf("x-ms-owner"),
    gid: numberOf("x-ms-group"),
    links: numberOf("x-ms-link-count") || 1,
  };
}

function metadataOf(headers: Readonly<Record<string, string>>): NodeFacts["userMetadata"] {
  const found: { name: string; value: string }[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(METADATA_PREFIX)) found.push({ name: name.slice(METADATA_PREFIX.length), value });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The file's length: of a range, what stands after the slash. */
function sizeOf(length: string, range: string): number {
  const text = range === "" ? length : range.slice(range.indexOf("/") + 1);
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size)) throw badAnswer("the service tells no length");
  return size;
}

function idOf(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw badAnswer("the service tells no file id");
  return BigInt.asUintN(64, BigInt(text));
}

function ticksOf(stamp: string): bigint {
  return stamp === "" ? 0n : (ticksOfStamp(stamp) ?? 0n);
}

function badAnswer(why: string): AppError {
  return new AppError({ code: "E_SOURCE_READ", what: "an answer of the share cannot be used", why, hint: "run again; then report it" });
}
