import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBlobPage } from "./blob-page.ts";

function listing(blobs: string, rest = "<NextMarker />"): string {
  return `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/" ContainerName="c"><Prefix>p</Prefix><MaxResults>5</MaxResults><Blobs>${blobs}</Blobs>${rest}</EnumerationResults>`;
}

const blob = (name: string, more = "<Content-Length>3</Content-Length>"): string =>
  `<Blob><Name>${name}</Name><Properties><Etag>0x8</Etag>${more}<BlobType>BlockBlob</BlobType></Properties><OrMetadata /></Blob>`;

test("parseBlobPage() reads names, sizes and MD5s, and where the listing goes on", () => {
  const md5 = Buffer.alloc(16, 7);
  const page = parseBlobPage(
    listing(
      blob("a &amp; b") + blob("c/", `<Content-Length>0</Content-Length><Content-MD5>${md5.toString("base64")}</Content-MD5>`),
      "<NextMarker>2!76!abc=</NextMarker>",
    ),
  );
  assert.deepEqual(page, {
    blobs: [
      { name: "a & b", size: 3, md5: undefined },
      { name: "c/", size: 0, md5 },
    ],
    next: "2!76!abc=",
  });
});

test("parseBlobPage() knows the last page, and one without blobs", () => {
  assert.deepEqual(parseBlobPage(listing("")), { blobs: [], next: undefined });
  assert.deepEqual(parseBlobPage(listing(blob("a"), "<NextMarker></NextMarker>"))?.next, undefined);
});

test("parseBlobPage() decodes names that XML cannot hold", () => {
  const encoded = (name: string): string => blob(name).replace("<Name>", '<Name Encoded="true">');
  const page = parseBlobPage(listing(encoded("a%EF%BF%BE%25") + blob("b%25")));
  assert.deepEqual(
    page?.blobs.map(({ name }) => name),
    ["a\uFFFE%", "b%25"],
  );
  assert.equal(parseBlobPage(listing(encoded("%FF"))), undefined);
});

for (const [what, xml] of [
  ["nothing", ""],
  ["another document", "<html></html>"],
  ["one that is cut off", listing(blob("a")).slice(0, -30)],
  ["a blob without a name", listing("<Blob><Properties><Content-Length>1</Content-Length></Properties></Blob>")],
  ["a blob without a length", listing(blob("a", ""))],
  ["a blob of negative length", listing(blob("a", "<Content-Length>-1</Content-Length>"))],
  ["tags that do not match", listing("<Blob></Blobs>")],
] as const) {
  test(`parseBlobPage() takes no listing from ${what}`, () => {
    assert.equal(parseBlobPage(xml), undefined);
  });
}
