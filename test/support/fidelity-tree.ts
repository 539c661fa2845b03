import { mkdirSync } from "node:fs";
import { byteStringOf, toByteString, type ByteString } from "../../src/shared/bytes.ts";
import { seededRandom } from "../../src/shared/random.ts";
import { makeDevice } from "../../src/source/local/stat-block.ts";
import { ACL_TAG, encodeAcl, encodeCapability } from "./posix-acl.ts";
import { TreeMaker } from "./tree-maker.ts";

/** How much of everything the tree gets. */
export interface FidelityTreeOptions {
  /** Foreign owners, capabilities, `trusted.*` attributes, device nodes. */
  readonly superuser: boolean;
  /** Files in the one large directory. */
  readonly largeDirectoryEntries: number;
}

const TYPE = { fifo: 0o010000, characterDevice: 0o020000, blockDevice: 0o060000, socket: 0o140000 } as const;
const MIB = 1024 * 1024;
const CAP_NET_RAW = 13;
/** 2026-01-02 03:04:05.678901234: nanoseconds that a double cannot hold. */
const ORDINARY_NS = 1_767_323_045_678_901_234n;

const random = seededRandom(7);
const name = byteStringOf;

function bytesName(...bytes: readonly number[]): ByteString {
  return toByteString(Uint8Array.from(bytes));
}

/** Builds, at a new path, a tree with everything that a faithful backup of Linux files has to give back. */
export function buildFidelityTree(path: string, options: FidelityTreeOptions): void {
  mkdirSync(path, { recursive: true });
  const root = TreeMaker.at(path);
  root.directory(name("contents"), {}, makeContents);
  root.directory(name("modes"), {}, (maker) => makeModes(maker, options.superuser));
  root.directory(name("times"), { modifiedNs: -1n }, makeTimes);
  root.directory(name("names"), {}, makeNames);
  root.directory(name("links"), {}, makeLinks);
  root.directory(name("attributes"), { attributes: { "user.directory": Buffer.from("yes") } }, (maker) =>
    makeAttributes(maker, options.superuser),
  );
  root.directory(name("specials"), {}, (maker) => makeSpecials(maker, options.superuser));
  root.directory(name("sparse"), {}, makeSparse);
  root.directory(name("empty directory"));
  root.directory(name("large"), {}, (maker) => {
    for (let at = 0; at < options.largeDirectoryEntries; at += 1) maker.file(name(`entry-${at.toString().padStart(7, "0")}`));
  });
  if (options.superuser) root.directory(name("owners"), {}, makeOwners);
  root.close();
}

/**
 * Builds what other programs cannot look at in a tree, or not quickly: a chain of directories with a path longer than any system
 * call takes, a file on each level, and a sparse file beyond 4 GiB. Compare it with `compareFacts` only.
 */
export function buildExtremeTree(path: string, pathBytes: number): void {
  mkdirSync(path, { recursive: true });
  const part = name("d".repeat(200));
  let maker = TreeMaker.at(path);
  maker.file(name("beyond 4 GiB"), { pieces: [[5 * 1024 * MIB, random.bytes(8192)]] });
  for (let length = 0, level = 0; length < pathBytes; length += 201, level += 1) {
    let inner: TreeMaker | undefined;
    maker.file(name(`file at ${level}`), { pieces: [[0, Buffer.from(`level ${level}`)]], modifiedNs: ORDINARY_NS + BigInt(level) });
    maker.directory(part, {}, (made) => {
      inner = TreeMaker.at(`/proc/self/fd/${made.fd}`);
    });
    maker.close();
    maker = inner ?? maker;
  }
  maker.close();
}

function makeContents(maker: TreeMaker): void {
  maker.file(name("empty"));
  maker.file(name("one byte"), { pieces: [[0, Buffer.from("x")]] });
  for (const size of [4095, 4096, 4097, 65_536, 3 * MIB + 17]) maker.file(name(`random ${size}`), { pieces: [[0, random.bytes(size)]] });
}

function makeModes(maker: TreeMaker, superuser: boolean): void {
  for (const mode of [0o400, 0o444, 0o600, 0o755, 0o777, 0o1644]) maker.file(name(`file ${mode.toString(8)}`), { mode });
  for (const mode of [0o500, 0o555, 0o700, 0o1777, 0o2775]) {
    maker.directory(name(`directory ${mode.toString(8)}`), { mode }, (inner) => inner.file(name("inside")));
  }
  if (!superuser) return;
  for (const mode of [0o0, 0o4755, 0o2755, 0o6711]) maker.file(name(`file ${mode.toString(8)}`), { mode });
  maker.directory(name("directory 0"), { mode: 0 }, (inner) => inner.file(name("inside")));
}

function makeTimes(maker: TreeMaker): void {
  const times: Readonly<Record<string, bigint>> = {
    ordinary: ORDINARY_NS,
    "last nanosecond before 1970": -1n,
    "half a second before 1970": -500_000_000n,
    "in 1902": -2_145_916_799_123_456_789n,
    epoch: 0n,
    "after 2038": 2_147_483_648_000_000_001n,
    "in 2100": 4_102_444_800_999_999_999n,
  };
  for (const [text, modifiedNs] of Object.entries(times)) {
    maker.file(name(`file ${text}`), { modifiedNs, accessedNs: modifiedNs + 7n });
    maker.symlink(name(`link ${text}`), name("somewhere"), { modifiedNs });
    maker.directory(name(`directory ${text}`), { modifiedNs });
  }
}

function makeNames(maker: TreeMaker): void {
  const texts = [
    " leading and trailing ",
    "-rf",
    "...",
    ".hidden",
    "a\nb\tc",
    "quote'\"`$(x)",
    "back\\slash",
    "*?[a]",
    "ä",
    "a\u0308",
    "\u65e5\u672c\u8a9e",
    "con:aux|<>",
    "n".repeat(255),
  ];
  for (const text of texts) maker.file(name(text), { pieces: [[0, Buffer.from(text)]] });
  maker.file(bytesName(0xff, 0xfe, 0x2e, 0x80), { pieces: [[0, Buffer.from("not UTF-8")]] });
  maker.directory(bytesName(0xc3, 0x28), {}, (inner) => inner.file(bytesName(0x01, 0x7f, 0x0a)));
}

function makeLinks(maker: TreeMaker): void {
  maker.file(name("first"), { pieces: [[0, random.bytes(5000)]], modifiedNs: ORDINARY_NS });
  maker.link(name("first"), name("second"));
  maker.directory(name("elsewhere"), {}, (inner) => inner.link(name("first"), name("third"), maker));
  maker.symlink(name("dangling"), name("no/such/thing"));
  maker.symlink(name("absolute"), name("/etc/passwd"));
  maker.symlink(name("up and out"), name("../../../../../.."));
  maker.symlink(name("to a directory"), name("elsewhere"));
  maker.symlink(name("loop"), name("loop"));
  maker.symlink(name("bytes"), bytesName(0xff, 0x0a, 0x80));
  maker.symlink(name("long"), name(`${"p/".repeat(2000)}end`));
  maker.link(name("dangling"), name("dangling again"));
  maker.node(name("fifo"), TYPE.fifo);
  maker.link(name("fifo"), name("fifo again"));
}

function makeAttributes(maker: TreeMaker, superuser: boolean): void {
  const access = encodeAcl([
    { tag: ACL_TAG.owner, permissions: 6 },
    { tag: ACL_TAG.user, permissions: 4, id: 1001 },
    { tag: ACL_TAG.owningGroup, permissions: 4 },
    { tag: ACL_TAG.group, permissions: 6, id: 1002 },
    { tag: ACL_TAG.mask, permissions: 6 },
    { tag: ACL_TAG.other, permissions: 0 },
  ]);
  maker.file(name("several"), {
    attributes: { "user.text": Buffer.from("value"), "user.empty": Buffer.alloc(0), "user.binary": Buffer.from([0, 255, 10, 0]) },
  });
  maker.file(name("large"), { attributes: { "user.large": random.bytes(3000) } });
  maker.file(name("percent % and =sign"), { attributes: { "user.%41=x y": Buffer.from("odd name") } });
  maker.file(name("read-only"), { mode: 0o444, attributes: { "user.text": Buffer.from("value") } });
  maker.file(name("access list"), { mode: 0o660, attributes: { "system.posix_acl_access": access } });
  maker.directory(
    name("default list"),
    { mode: 0o770, attributes: { "system.posix_acl_access": access, "system.posix_acl_default": access } },
    (inner) => {
      inner.file(name("made before the list"));
    },
  );
  if (!superuser) return;
  maker.file(name("capability"), {
    mode: 0o755,
    attributes: { "security.capability": encodeCapability(CAP_NET_RAW) },
    owner: { uid: 1234, gid: 1234 },
  });
  maker.file(name("trusted"), { attributes: { "trusted.varve": Buffer.from("root only") } });
  maker.symlink(name("trusted link"), name("nowhere"), { attributes: { "trusted.varve": Buffer.from("on the link itself") } });
  maker.node(name("trusted fifo"), TYPE.fifo, { attributes: { "trusted.varve": Buffer.from("on the FIFO") } });
}

function makeSpecials(maker: TreeMaker, superuser: boolean): void {
  maker.node(name("fifo"), TYPE.fifo, { modifiedNs: ORDINARY_NS });
  maker.node(name("socket"), TYPE.socket, { mode: 0o755, modifiedNs: ORDINARY_NS });
  if (!superuser) return;
  maker.node(name("null"), TYPE.characterDevice, { device: makeDevice(1, 3), mode: 0o666, modifiedNs: ORDINARY_NS });
  maker.node(name("block"), TYPE.blockDevice, { device: makeDevice(259, 70_000), modifiedNs: ORDINARY_NS, owner: { uid: 0, gid: 6 } });
}

function makeSparse(maker: TreeMaker): void {
  const block = random.bytes(8192);
  maker.file(name("nothing but a hole"), { size: 10 * MIB });
  maker.file(name("hole first"), { pieces: [[4 * MIB, block]] });
  maker.file(name("hole last"), { pieces: [[0, block]], size: 4 * MIB });
  maker.file(name("holes between"), {
    pieces: [
      [0, block],
      [MIB, block],
      [MIB * 2, block],
    ],
    size: 3 * MIB + 5,
  });
}

function makeOwners(maker: TreeMaker): void {
  const owner = { uid: 1234, gid: 4321 };
  maker.file(name("file"), { owner, mode: 0o6755 });
  maker.symlink(name("symlink"), name("file"), { owner, modifiedNs: ORDINARY_NS });
  maker.directory(name("directory"), { owner, mode: 0o3770 }, (inner) =>
    inner.file(name("of another"), { owner: { uid: 65_534, gid: 1 } }),
  );
  maker.node(name("fifo"), TYPE.fifo, { owner });
  maker.file(name("largest ids"), { owner: { uid: 0xffff_fffe, gid: 0xffff_fffe } });
}
