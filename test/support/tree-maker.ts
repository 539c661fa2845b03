import { must } from "../../src/shared/assert.ts";
import { byteStringOf, type ByteString } from "../../src/shared/bytes.ts";
import { errnoMeaning } from "../../src/source/local/errno.ts";
import { writeAttribute, type NodeHandle } from "../../src/source/local/libc-attributes.ts";
import * as libc from "../../src/source/local/libc.ts";
import { lastErrno } from "../../src/source/local/native.ts";
import { changeNodeMode, changeNodeOwner, changeNodeTimes } from "../../src/source/local/node-handle.ts";

/** What a made item gets beside its name and kind. Set in the order that keeps all of it. */
export interface MadeFacts {
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
  readonly mode?: number;
  readonly modifiedNs?: bigint;
  readonly accessedNs?: bigint;
}

/** Makes trees for tests with everything a Linux file system can hold, by raw bytes and by descriptor. */
export class TreeMaker {
  readonly fd: number;

  /** Takes over `fd`, an open directory. */
  constructor(fd: number) {
    this.fd = fd;
  }

  static at(path: string): TreeMaker {
    const held = checked("hold", libc.holdRoot(byteStringOf(path)));
    const fd = checked("open", libc.openHeldDirectory(held));
    libc.close(held);
    return new TreeMaker(fd);
  }

  /** Makes a directory, lets `fill` work in it, then sets its facts. */
  directory(name: ByteString, facts: MadeFacts = {}, fill?: (maker: TreeMaker) => void): void {
    checked("mkdir", libc.makeDirectoryAt(this.fd, name, 0o755));
    const inner = new TreeMaker(checked("open", libc.openAt(this.fd, name, libc.OPEN.directory)));
    fill?.(inner);
    setFacts(inner.fd, { mode: 0o755, ...facts });
    inner.close();
  }

  /** `pieces` are written at their offsets; `size` beyond them makes a hole at the end. */
  file(
    name: ByteString,
    facts: MadeFacts & { readonly pieces?: readonly (readonly [number, Uint8Array])[]; readonly size?: number } = {},
  ): void {
    const fd = checked("create", libc.createAt(this.fd, name, 0o600));
    for (const [offset, bytes] of facts.pieces ?? []) checked("write", libc.writeAt(fd, bytes, offset));
    if (facts.size !== undefined) checked("truncate", libc.truncate(fd, facts.size));
    setFacts(fd, { mode: 0o644, ...facts });
    libc.close(fd);
  }

  symlink(name: ByteString, target: ByteString, facts: Omit<MadeFacts, "mode"> = {}): void {
    checked("symlink", libc.makeSymlinkAt(this.fd, name, target));
    setFacts({ directoryFd: this.fd, name }, facts);
  }

  /** A FIFO, socket or device; `type` is the file type bits of its mode. */
  node(name: ByteString, type: number, facts: MadeFacts & { readonly device?: bigint } = {}): void {
    const place = { directoryFd: this.fd, name };
    checked("mknod", libc.makeNodeAt(place, type | 0o600, facts.device ?? 0n));
    setFacts(place, { mode: 0o640, ...facts });
  }

  link(existing: ByteString, name: ByteString, from: TreeMaker = this): void {
    checked("link", libc.linkAt({ directoryFd: from.fd, name: existing }, { directoryFd: this.fd, name }));
  }

  close(): void {
    libc.close(this.fd);
  }
}

function setFacts(node: NodeHandle, facts: MadeFacts): void {
  if (facts.owner !== undefined) checked("chown", changeNodeOwner(node, facts.owner.uid, facts.owner.gid));
  for (const [name, value] of Object.entries(facts.attributes ?? {}))
    checked(`set ${name}`, writeAttribute(node, byteStringOf(name), value));
  if (facts.mode !== undefined) checked("chmod", changeNodeMode(node, facts.mode));
  if (facts.modifiedNs !== undefined) checked("utime", changeNodeTimes(node, facts.accessedNs ?? facts.modifiedNs, facts.modifiedNs));
}

function checked(doing: string, result: number): number {
  return must(result < 0 ? undefined : result, `${doing}: ${result < 0 ? errnoMeaning(lastErrno()) : ""}`);
}
