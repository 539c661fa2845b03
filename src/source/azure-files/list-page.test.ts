import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ENTRY_KIND } from "../../format/entry.ts";
import { BadListing, parseListPage } from "./list-page.ts";

const FILE = `<File><FileId>13835128424026341376</FileId><Name>a &amp; b.txt</Name><Properties><Content-Length>12</Content-Length>
<CreationTime>2024-05-01T10:20:30.0000001Z</CreationTime><LastAccessTime>2024-05-01T10:20:30.0000002Z</LastAccessTime>
<LastWriteTime>2024-05-01T10:20:30.0000003Z</LastWriteTime><ChangeTime>2024-05-01T10:20:30.0000004Z</ChangeTime>
<Last-Modified>Wed, 01 May 2024 10:20:30 GMT</Last-Modified><Etag>"0x8D"</Etag></Properties>
<Attributes>Archive | ReadOnly</Attributes><PermissionKey>1*2</PermissionKey></File>`;
const DIRECTORY = `<Directory><FileId>7</FileId><Name Encoded="true">dir%EF%BF%BE%20x</Name><Properties><Etag>"0x1"</Etag></Properties><Attributes>Directory</Attributes></Directory>`;

function listing(entries: string, rest = "<NextMarker /><DirectoryId>5</DirectoryId>"): string {
  return `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/" ShareName="s" DirectoryPath=""><MaxResults>5000</MaxResults><Entries>${entries}</Entries>${rest}</EnumerationResults>`;
}

test("parseListPage() reads every fact, times to 100 ns and names as they are", () => {
  const page = parseListPage(listing(FILE + DIRECTORY));
  const base = 133_590_324_300_000_000n;
  assert.deepEqual(page, {
    entries: [
      {
        name: "a & b.txt",
        kind: ENTRY_KIND.file,
        fileId: 13_835_128_424_026_341_376n,
        size: 12,
        etag: "0x8D",
        creationTicks: base + 1n,
        lastAccessTicks: base + 2n,
        lastWriteTicks: base + 3n,
        changeTicks: base + 4n,
        attributes: 0x21,
        permissionKey: "1*2",
      },
      {
        name: "dir\uFFFE x",
        kind: ENTRY_KIND.directory,
        fileId: 7n,
        size: 0,
        etag: "0x1",
        creationTicks: 0n,
        lastAccessTicks: 0n,
        lastWriteTicks: 0n,
        changeTicks: 0n,
        attributes: 0x10,
        permissionKey: "",
      },
    ],
    nextMarker: undefined,
    directoryId: 5n,
  });
});

test("parseListPage() reads an empty directory and a marker", () => {
  assert.deepEqual(parseListPage(listing("", "<NextMarker>a&#x2F;b</NextMarker><DirectoryId>0</DirectoryId>")), {
    entries: [],
    nextMarker: "a/b",
    directoryId: 0n,
  });
  assert.deepEqual(parseListPage(listing("").replace("<Entries></Entries>", "<Entries />")).entries, []);
});

test("parseListPage() refuses whatever could hide an entry", () => {
  const whole = listing(FILE + DIRECTORY);
  for (let length = 0; length < whole.length - 1; length += 1) assert.throws(() => parseListPage(whole.slice(0, length)), BadListing);
  for (const broken of [
    listing(FILE.replace("<FileId>13835128424026341376</FileId>", "")),
    listing(FILE.replace("13835128424026341376", "99999999999999999999")),
    listing(FILE.replace("<Name>a &amp; b.txt</Name>", "<Name />")),
    listing(FILE.replace(">12<", ">-1<")),
    listing(FILE.replace("2024-05-01T10:20:30.0000003Z", "yesterday")),
    listing(DIRECTORY.replace("%EF%BF%BE", "%EF%BF")),
    listing("<Portal><FileId>1</FileId><Name>x</Name></Portal>"),
    listing("<File />"),
    listing(FILE.replace("a &amp; b.txt", "..")),
    listing(FILE.replace("a &amp; b.txt", "../../other")),
    listing(DIRECTORY.replace("dir%EF%BF%BE%20x", "a%00b")),
  ])
    assert.throws(() => parseListPage(broken), BadListing);
});

test("parseListPage() gives back any name that the service may send", () => {
  const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), (name) => {
      fc.pre(name !== "." && name !== ".." && !/[/\0]/.test(name));
      const plain = parseListPage(listing(FILE.replace("a &amp; b.txt", () => escape(name))));
      const encoded = parseListPage(listing(FILE.replace("<Name>a &amp; b.txt", () => `<Name Encoded="true">${encodeURIComponent(name)}`)));
      return encoded.entries[0]?.name === name && (plain.entries[0]?.name === name || name.trim() === "");
    }),
  );
});
