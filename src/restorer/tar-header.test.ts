import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ENTRY_KIND, type EntryKind } from "../format/entry.ts";
import { byteStringOf, type ByteString, toByteString } from "../shared/bytes.ts";
import { TAR_BLOCK_BYTES, tarCanHold, tarHeader, type TarMember, tarPadding } from "./tar-header.ts";

const PLAIN: TarMember = {
  path: byteStringOf("a/file"),
  kind: ENTRY_KIND.file,
  mode: 0o644,
  uid: 1000,
  gid: 100,
  user: "ann",
  group: "staff",
  size: 5,
  modifiedNs: 1_700_000_000_000_000_000n,
  link: "" as ByteString,
  isHardLink: false,
  device: 0n,
  attributes: [],
};

const member = (facts: Partial<TarMember>): TarMember => ({ ...PLAIN, ...facts });

/** The ustar block at the end of a header, field by field. */
function ustar(header: Uint8Array) {
  const block = Buffer.from(header.subarray(header.length - TAR_BLOCK_BYTES));
  const text = (at: number, length: number): string => block.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  const octal = (at: number, length: number): number => Number.parseInt(text(at, length), 8);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  assert.equal(octal(148, 8), sum, "the checksum fits");
  return {
    name: text(0, 100),
    mode: octal(100, 8),
    uid: octal(108, 8),
    gid: octal(116, 8),
    size: octal(124, 12),
    seconds: octal(136, 12),
    flag: text(156, 1),
    link: text(157, 100),
    magic: text(257, 8),
    user: text(265, 32),
    group: text(297, 32),
    major: octal(329, 8),
    minor: octal(337, 8),
  };
}

/** The records of the pax header that precedes the block, by key; undefined without one. */
function pax(header: Uint8Array): Readonly<Record<string, string>> | undefined {
  if (header.length === TAR_BLOCK_BYTES) return undefined;
  const first = ustar(header.subarray(0, TAR_BLOCK_BYTES));
  assert.equal(first.flag, "x");
  const body = Buffer.from(header.subarray(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES + first.size)).toString("latin1");
  assert.equal(header.length, 2 * TAR_BLOCK_BYTES + first.size + tarPadding(first.size).length);
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length;) {
    const length = Number(body.slice(at, body.indexOf(" ", at)));
    const record = body.slice(at, at + length);
    assert.ok(record.endsWith("\n"), "a record ends where its length says");
    const [, key = "", value = ""] = /^\d+ ([^=]*)=(.*)\n$/s.exec(record) ?? [];
    records[key] = value;
    at += length;
  }
  return records;
}

describe("tarHeader()", () => {
  test("is one ustar block for what ustar can say", () => {
    const header = tarHeader(PLAIN);
    assert.equal(pax(header), undefined);
    assert.deepEqual(ustar(header), {
      name: "a/file",
      mode: 0o644,
      uid: 1000,
      gid: 100,
      size: 5,
      seconds: 1_700_000_000,
      flag: "0",
      link: "",
      magic: "ustar",
      user: "ann",
      group: "staff",
      major: 0,
      minor: 0,
    });
  });

  test("puts what ustar has no room for into pax records", () => {
    const long = byteStringOf("d/".repeat(60));
    const records = pax(
      tarHeader(
        member({
          path: long,
          link: long,
          isHardLink: true,
          uid: 0xffff_fffe,
          gid: 0o10000000,
          user: "ä",
          group: "g".repeat(40),
          modifiedNs: 1n,
          size: 2 ** 40,
        }),
      ),
    );
    assert.deepEqual(records, {
      path: long,
      linkpath: long,
      size: String(2 ** 40),
      uid: String(0xffff_fffe),
      gid: String(0o10000000),
      uname: Buffer.from("ä").toString("latin1"),
      gname: "g".repeat(40),
      mtime: "0.000000001",
    });
  });

  test("writes times before 1970 as a minus in front of the whole", () => {
    const mtime = (modifiedNs: bigint) => pax(tarHeader(member({ modifiedNs })))?.["mtime"];
    assert.deepEqual([-1n, -1_500_000_000n, -2_000_000_000n].map(mtime), ["-0.000000001", "-1.500000000", "-2.000000000"]);
    assert.equal(mtime(2_000_000_000n), undefined);
  });

  test("keeps names and attributes byte by byte, whatever the bytes", () => {
    const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map(toByteString);
    const anyName = anyBytes.filter((name) => !name.includes("\0"));
    fc.assert(
      fc.property(anyName, anyBytes, (path, value) => {
        const attributes = [{ name: byteStringOf("user.a"), value: Buffer.from(value, "latin1") }];
        const header = tarHeader(member({ path, attributes }));
        const records = pax(header);
        assert.equal(records?.["path"] ?? ustar(header).name, path);
        assert.equal(records?.["SCHILY.xattr.user.a"], value);
      }),
      { numRuns: 300 },
    );
  });

  test("escapes what would end the key of an attribute, as GNU tar does", () => {
    const attributes = [{ name: byteStringOf("user.a=b%c"), value: Buffer.from("x") }];
    assert.deepEqual(pax(tarHeader(member({ attributes }))), { "SCHILY.xattr.user.a%3Db%25c": "x" });
  });

  test("counts its own digits into the length of a record, on every edge", () => {
    for (let length = 1; length < 1100; length += 1) {
      const attributes = [{ name: byteStringOf("user.a"), value: new Uint8Array(length).fill(0x61) }];
      assert.equal(pax(tarHeader(member({ attributes })))?.["SCHILY.xattr.user.a"]?.length, length);
    }
  });

  test("says what kind a member is, and gives directories their slash", () => {
    const flag = (kind: EntryKind, more: Partial<TarMember> = {}) => {
      const { name, flag, link, major, minor } = ustar(tarHeader(member({ kind, size: 0, ...more })));
      return [name, flag, link, major, minor];
    };
    assert.deepEqual(flag(ENTRY_KIND.directory), ["a/file/", "5", "", 0, 0]);
    assert.deepEqual(flag(ENTRY_KIND.symlink, { link: byteStringOf("to") }), ["a/file", "2", "to", 0, 0]);
    assert.deepEqual(flag(ENTRY_KIND.fifo), ["a/file", "6", "", 0, 0]);
    assert.deepEqual(flag(ENTRY_KIND.characterDevice, { device: 0x103n }), ["a/file", "3", "", 1, 3]);
    // 259:70000, as the C library packs it.
    assert.deepEqual(flag(ENTRY_KIND.blockDevice, { device: (70_000n & 0xffn) | (259n << 8n) | ((70_000n & ~0xffn) << 12n) }), [
      "a/file",
      "4",
      "",
      259,
      70_000,
    ]);
    assert.deepEqual(flag(ENTRY_KIND.file, { isHardLink: true, link: byteStringOf("first") }), ["a/file", "1", "first", 0, 0]);
  });

  test("stays one whole block even for device numbers that no field can hold", () => {
    const header = tarHeader(member({ kind: ENTRY_KIND.blockDevice, device: 0xffff_ffff_ffff_ffffn }));
    assert.deepEqual([header.length, ustar(header).magic], [TAR_BLOCK_BYTES, "ustar"]);
  });
});

test("tarCanHold() knows that only sockets are left out", () => {
  assert.deepEqual(
    Object.values(ENTRY_KIND).filter((kind) => !tarCanHold(kind)),
    [ENTRY_KIND.socket],
  );
});

test("tarPadding() fills the last block", () => {
  assert.deepEqual(
    [0, 1, 511, 512, 513].map((size) => tarPadding(size).length),
    [0, 511, 1, 0, 511],
  );
});
