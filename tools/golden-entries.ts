import { byteStringOf, toByteString } from "../src/shared/bytes.ts";
import type { ByteString } from "../src/shared/bytes.ts";
import { ENTRY_KIND, NO_CHUNKS } from "../src/format/entry.ts";
import type { ChunkRef, Entry, Manifest } from "../src/format/entry.ts";
import type { ScanResult } from "../src/format/scan-result.ts";

const BASE: Entry = {
  name: byteStringOf("base"),
  kind: ENTRY_KIND.file,
  nodeId: 1n,
  mode: 0o644,
  uid: 1000,
  gid: 100,
  user: "alice",
  group: "users",
  size: 0,
  modifiedNs: 1_700_000_000_123_456_789n,
  changedNs: 1_700_000_001_000_000_000n,
  accessedNs: 1_700_000_002_000_000_001n,
  bornNs: 0n,
  links: 1,
  device: 0n,
  attributes: [],
  linkTarget: "" as ByteString,
  content: NO_CHUNKS,
  extents: undefined,
  xorHash: 0n,
  directory: undefined,
};

function ref(fill: number, length: number): ChunkRef {
  return { id: new Uint8Array(32).fill(fill), length };
}

const capability = { name: byteStringOf("security.capability"), value: Uint8Array.of(1, 0, 0, 2) };
const bigAttribute = { name: byteStringOf("user.big"), value: ref(9, 5000) };

/** One entry of each kind, with every field in use somewhere, names that are not UTF-8, times before 1970. */
export const GOLDEN_ENTRIES: readonly Entry[] = [
  {
    ...BASE,
    name: byteStringOf("Makefile"),
    nodeId: 11n,
    size: 5,
    content: { ids: ref(1, 5).id, lengths: Uint32Array.of(5) },
    xorHash: 0x0123_4567_89ab_cdefn,
  },
  {
    ...BASE,
    name: byteStringOf("block"),
    kind: ENTRY_KIND.blockDevice,
    nodeId: 12n,
    device: 0x801n,
    uid: 0,
    gid: 6,
    user: "root",
    group: "disk",
  },
  {
    ...BASE,
    name: byteStringOf("directory"),
    kind: ENTRY_KIND.directory,
    nodeId: 13n,
    mode: 0o2755,
    links: 3,
    directory: { page: ref(2, 300), entryCount: 4, totalFiles: 40, totalDirectories: 3, totalBytes: 2 ** 40 },
  },
  {
    ...BASE,
    name: byteStringOf("link"),
    kind: ENTRY_KIND.symlink,
    nodeId: 14n,
    mode: 0o777,
    linkTarget: toByteString(Uint8Array.of(0x2e, 0x2e, 0x2f, 0xff)),
  },
  { ...BASE, name: byteStringOf("null"), kind: ENTRY_KIND.characterDevice, nodeId: 15n, device: 0x103n, mode: 0o666 },
  {
    ...BASE,
    name: byteStringOf("old"),
    nodeId: 16n,
    modifiedNs: -1n,
    changedNs: -86_400_000_000_000n,
    bornNs: -(2n ** 62n),
    links: 2,
    mode: 0o4711,
  },
  { ...BASE, name: byteStringOf("pipe"), kind: ENTRY_KIND.fifo, nodeId: 17n },
  { ...BASE, name: byteStringOf("socket"), kind: ENTRY_KIND.socket, nodeId: 2n ** 64n - 1n },
  {
    ...BASE,
    name: byteStringOf("sparse"),
    nodeId: 18n,
    size: 2 ** 41,
    content: { ids: new Uint8Array([...ref(3, 0).id, ...ref(4, 0).id]), lengths: Uint32Array.of(4096, 2 ** 23) },
    extents: [
      { offset: 0, length: 4096 },
      { offset: 2 ** 40, length: 2 ** 23 },
    ],
    attributes: [capability, bigAttribute],
    xorHash: 2n ** 64n - 1n,
  },
  { ...BASE, name: toByteString(Uint8Array.of(0xc3, 0x28, 0xff)), nodeId: 19n, user: "jürgen", group: "" },
];

/** Nodes of a share. */
export const GOLDEN_SHARE_ENTRIES: readonly Entry[] = [
  {
    ...BASE,
    name: byteStringOf("Bericht.docx"),
    nodeId: 0x4000_8000_0000_0001n,
    mode: 0,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    size: 5,
    content: { ids: ref(1, 5).id, lengths: Uint32Array.of(5) },
    azure: {
      etag: '"0x8DB4D8EA3D2C4A1"',
      contentMd5: new Uint8Array(16).fill(7),
      attributes: 0x21,
      creationTicks: 133_445_888_001_234_567n,
      lastWriteTicks: 133_445_888_011_234_568n,
      changeTicks: 133_445_888_021_234_569n,
      lastAccessTicks: 0n,
      permissionKey: "3153104089188961552*9107784302567893137",
      permission: ref(8, 600),
      contentType: "application/msword",
      userMetadata: [{ name: "owner", value: "jürgen" }],
    },
  },
  {
    ...BASE,
    name: byteStringOf("bare"),
    nodeId: 0x4000_8000_0000_0002n,
    azure: {
      etag: "",
      contentMd5: undefined,
      attributes: 0,
      creationTicks: -1n,
      lastWriteTicks: 0n,
      changeTicks: 0n,
      lastAccessTicks: 2n ** 62n,
      permissionKey: "",
      permission: undefined,
      contentType: "",
      userMetadata: [],
    },
  },
];

export const GOLDEN_MANIFEST: Manifest = {
  startedNs: 1_700_000_000_000_000_001n,
  finishedNs: 1_700_000_009_000_000_002n,
  host: "server",
  user: "alice",
  tags: ["daily", "größe"],
  parent: "ab".repeat(32),
  program: "varve 1.0.0",
  sources: [
    { path: byteStringOf("/srv/data"), key: "local:server:/srv/data", root: { ...must(GOLDEN_ENTRIES[2]), name: "" as ByteString } },
    { path: byteStringOf("/etc/hosts"), key: "local:server:/etc/hosts", root: { ...must(GOLDEN_ENTRIES[0]), name: byteStringOf("hosts") } },
  ],
  files: 41,
  directories: 4,
  bytes: 2 ** 40,
  addedBytes: 12_345,
  storedBytes: 6789,
  filesNew: 1,
  filesChanged: 2,
  filesUnmodified: 38,
  issues: [{ path: "/srv/data/secret", code: "E_SOURCE_READ", message: "permission denied" }],
  issueCount: 1,
};

/** Of a share that was read at a share snapshot. */
export const GOLDEN_SHARE_MANIFEST: Manifest = {
  ...GOLDEN_MANIFEST,
  sources: [
    {
      path: byteStringOf("azfiles://account/share"),
      key: "azure-files:azfiles://account/share",
      root: { ...must(GOLDEN_ENTRIES[2]), name: "" as ByteString },
      shareSnapshot: "2024-05-01T10:20:30.0000000Z",
    },
  ],
};

export const GOLDEN_SCAN: ScanResult = {
  sourcePath: byteStringOf("/srv/data"),
  sourceKey: "local:server:/srv/data",
  startedNs: 1n,
  finishedNs: 2n,
  files: 3,
  directories: 4,
  bytes: 5,
  added: 6,
  modified: 7,
  moved: 8,
  deleted: 9,
  errors: [{ path: "a", code: "E_SOURCE_READ", message: "m" }],
  errorCount: 10,
};

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the golden entries are incomplete");
  return value;
}
