import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedRange, writtenRange } from "./byte-range.ts";
import { countOf, parseQuery, RequestHeaders } from "./request.ts";

function headersOf(values: Readonly<Record<string, string>>): RequestHeaders {
  const lower = Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  return new RequestHeaders(lower, Object.entries(values).flat());
}

test("parseQuery() lowers names, decodes values and leaves plus signs alone", () => {
  const query = parseQuery("restype=directory&Comp=list&prefix=a%20b+c&empty=&flag&sig=a%2Bb%3D");
  assert.deepEqual(
    [...query],
    [
      ["restype", "directory"],
      ["comp", "list"],
      ["prefix", "a b+c"],
      ["empty", ""],
      ["flag", ""],
      ["sig", "a+b="],
    ],
  );
  assert.throws(() => parseQuery("a=%zz"), { code: "InvalidUri" });
});

test("countOf() takes numbers from 1", () => {
  assert.equal(countOf(parseQuery("maxresults=7"), "maxresults"), 7);
  assert.equal(countOf(parseQuery("maxresults="), "maxresults"), undefined);
  for (const text of ["0", "-1"]) assert.throws(() => countOf(parseQuery(`n=${text}`), "n"), { code: "OutOfRangeQueryParameterValue" });
  for (const text of ["x", "1.5", "1e3"])
    assert.throws(() => countOf(parseQuery(`n=${text}`), "n"), { code: "InvalidQueryParameterValue" });
});

test("RequestHeaders keep the case of metadata names and check what they hold", () => {
  const headers = headersOf({ "x-ms-meta-Some_Name": "v", "X-Ms-Meta-other": "w", "x-ms-type": "file" });
  assert.deepEqual(headers.metadata(), { Some_Name: "v", other: "w" });
  assert.throws(() => headersOf({ "x-ms-meta-": "v" }).metadata(), { code: "EmptyMetadataKey" });
  assert.throws(() => headersOf({ "x-ms-meta-1a": "v" }).metadata(), { code: "InvalidMetadata" });
  assert.throws(() => headersOf({ "x-ms-meta-a": "x".repeat(8192) }).metadata(), { code: "MetadataTooLarge" });
});

test("RequestHeaders read flags and numbers, and name the header that is wrong", () => {
  const headers = headersOf({ yes: "True", no: "false", odd: "1", size: "12", bad: "-1", empty: "" });
  assert.deepEqual([headers.flag("yes"), headers.flag("no"), headers.flag("none")], [true, false, false]);
  assert.deepEqual([headers.number("size"), headers.number("none"), headers.get("empty")], [12, undefined, undefined]);
  assert.throws(() => headers.flag("odd"), { code: "InvalidHeaderValue", details: { HeaderName: "odd", HeaderValue: "1" } });
  assert.throws(() => headers.number("bad"), { code: "InvalidHeaderValue" });
  assert.throws(() => headers.required("none"), { code: "MissingRequiredHeader", details: { HeaderName: "none" } });
});

test("wantedRange() cuts at the end, prefers x-ms-range and refuses what lies behind", () => {
  const ask = (range: string, size: number): unknown => wantedRange(headersOf({ range }), size);
  assert.deepEqual(ask("bytes=0-9", 100), { offset: 0, length: 10, isPart: true });
  assert.deepEqual(ask("bytes=90-", 100), { offset: 90, length: 10, isPart: true });
  assert.deepEqual(ask("bytes=90-1000", 100), { offset: 90, length: 10, isPart: true });
  assert.deepEqual(wantedRange(headersOf({}), 7), { offset: 0, length: 7, isPart: false });
  assert.deepEqual(wantedRange(headersOf({ range: "bytes=0-1", "x-ms-range": "bytes=2-3" }), 9), { offset: 2, length: 2, isPart: true });
  assert.throws(() => ask("bytes=100-", 100), { code: "InvalidRange", status: 416 });
  for (const text of ["bytes=5-4", "bytes=-5", "0-1", "bytes=a-b"])
    assert.throws(() => ask(text, 100), { code: "InvalidHeaderValue" }, text);
});

test("writtenRange() needs both ends", () => {
  assert.deepEqual(writtenRange(headersOf({ "x-ms-range": "bytes=512-1023" })), { offset: 512, length: 512 });
  assert.throws(() => writtenRange(headersOf({})), { code: "MissingRequiredHeader" });
  assert.throws(() => writtenRange(headersOf({ range: "bytes=512-" })), { code: "InvalidHeaderValue" });
});
