import { ENTRY_KIND, type EntryKind } from "../format/entry.ts";
import { byteStringOf, type ByteString, fromByteString } from "../shared/bytes.ts";

/** One member of an archive, content not included. */
export interface TarMember {
  readonly path: ByteString;
  readonly kind: EntryKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  /** Content bytes that follow. */
  readonly size: number;
  readonly modifiedNs: bigint;
  /** Symlink target, or the path of the member that a hard link means. */
  readonly link: ByteString;
  readonly isHardLink: boolean;
  readonly device: bigint;
  readonly attributes: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
}

export const TAR_BLOCK_BYTES = 512;

/** End of an archive: two empty blocks. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK_BYTES);

/** Largest numbers of the octal fields. */
const SIZE_MAX = 0o77777777777;
const ID_MAX = 0o7777777;
const DEVICE_MAX = 0o7777777;

const NS_PER_SECOND = 1_000_000_000n;

/** What each kind is called in a header; kinds that tar cannot hold are missing. */
const TYPE_FLAGS: Readonly<Partial<Record<EntryKind, string>>> = {
  [ENTRY_KIND.file]: "0",
  [ENTRY_KIND.symlink]: "2",
  [ENTRY_KIND.characterDevice]: "3",
  [ENTRY_KIND.blockDevice]: "4",
  [ENTRY_KIND.directory]: "5",
  [ENTRY_KIND.fifo]: "6",
};

/** True for what an archive can hold: everything but sockets. */
export function tarCanHold(kind: EntryKind): boolean {
  return TYPE_FLAGS[kind] !== undefined;
}

/**
 * The header blocks of a member: ustar, preceded by a pax extended header for what ustar has no room for (POSIX.1-2017, pax
 * interchange format): long or non-ASCII names, large numbers, nanoseconds, attributes. Names are bytes, never recoded.
 */
export function tarHeader(member: TarMember): Uint8Array {
  const records = paxRecords(member);
  if (records.length === 0) return ustar(member);
  const body = Buffer.concat(records);
  const header = ustar(
    {
      ...member,
      path: byteStringOf("./PaxHeaders/varve"),
      link: EMPTY,
      size: body.length,
      kind: ENTRY_KIND.file,
      isHardLink: false,
      device: 0n,
    },
    "x",
  );
  return Buffer.concat([header, body, tarPadding(body.length), ustar(member)]);
}

/** Zeros that fill a member's last block. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);
}

const EMPTY = "" as ByteString;

function paxRecords(member: TarMember): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: Uint8Array | string): void => {
    records.push(paxRecord(Buffer.from(key, "latin1"), Buffer.from(value as string)));
  };
  const path = shownPath(member);
  if (!fitsPath(path)) add("path", fromByteString(path));
  if (!fitsPath(member.link)) add("linkpath", fromByteString(member.link));
  if (member.size > SIZE_MAX) add("size", String(member.size));
  if (member.uid > ID_MAX) add("uid", String(member.uid));
  if (member.gid > ID_MAX) add("gid", String(member.gid));
  if (!fitsName(member.user)) add("uname", member.user);
  if (!fitsName(member.group)) add("gname", member.group);
  if (!fitsTime(member.modifiedNs)) add("mtime", decimalSeconds(member.modifiedNs));
  for (const { name, value } of member.attributes)
    records.push(paxRecord(fromByteString(`SCHILY.xattr.${paxKeyPart(name)}` as ByteString), Buffer.from(value)));
  return records;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: Buffer, value: Buffer): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} `), key, Buffer.from("="), value, Buffer.from("\n")]);
}

/** A key ends at the first `=`: GNU tar writes the two characters that would be misread as it does here. */
function paxKeyPart(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("=", "%3D");
}

/** Directories end in a slash, so that old readers know them. */
function shownPath({ path, kind }: Pick<TarMember, "path" | "kind">): ByteString {
  return kind === ENTRY_KIND.directory ? (`${path}/` as ByteString) : path;
}

function isAscii(value: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /^[\u0001-\u007e]*$/.test(value);
}

function fitsPath(path: string): boolean {
  return path.length <= 100 && isAscii(path);
}

/** Whole seconds from 1970 to the year 2242. */
function fitsTime(ns: bigint): boolean {
  return ns >= 0n && ns % NS_PER_SECOND === 0n && ns / NS_PER_SECOND <= BigInt(SIZE_MAX);
}

function fitsName(name: string): boolean {
  return name.length < 32 && isAscii(name);
}

/** Seconds with nine digits; before 1970 with a minus in front of the whole. */
function decimalSeconds(ns: bigint): string {
  const absolute = ns < 0n ? -ns : ns;
  return `${ns < 0n ? "-" : ""}${absolute / NS_PER_SECOND}.${String(absolute % NS_PER_SECOND).padStart(9, "0")}`;
}

function ustar(member: TarMember, flag: string = member.isHardLink ? "1" : (TYPE_FLAGS[member.kind] ?? "0")): Uint8Array {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  const seconds = member.modifiedNs < 0n ? 0n : member.modifiedNs / NS_PER_SECOND;
  block.write(shownPath(member).slice(0, 100), 0, "latin1");
  octal(block, member.mode & 0o7777, { at: 100, digits: 7 });
  octal(block, Math.min(member.uid, ID_MAX), { at: 108, digits: 7 });
  octal(block, Math.min(member.gid, ID_MAX), { at: 116, digits: 7 });
  octal(block, Math.min(member.size, SIZE_MAX), { at: 124, digits: 11 });
  octal(block, Math.min(Number(seconds), SIZE_MAX), { at: 136, digits: 11 });
  block.fill(0x20, 148, 156);
  block.write(flag, 156, "latin1");
  block.write(member.link.slice(0, 100), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(fitsName(member.user) ? member.user : "", 265, "latin1");
  block.write(fitsName(member.group) ? member.group : "", 297, "latin1");
  octal(block, Math.min(deviceMajor(member.device), DEVICE_MAX), { at: 329, digits: 7 });
  octal(block, Math.min(deviceMinor(member.device), DEVICE_MAX), { at: 337, digits: 7 });
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(block: Buffer, value: number, field: { readonly at: number; readonly digits: number }): void {
  block.write(value.toString(8).padStart(field.digits, "0"), field.at, "latin1");
}

/** As glibc's `gnu_dev_major` takes a device number apart. */
function deviceMajor(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
}

function deviceMinor(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}
