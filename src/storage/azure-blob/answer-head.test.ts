import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAnswerHead } from "./answer-head.ts";

test("parseAnswerHead reads status, fields and length", () => {
  const head = parseAnswerHead("HTTP/1.1 206 Partial Content\r\nContent-Length: 12\r\nx-ms-meta-A:  b: c \r\nVary: x\r\nvary: y\r\nEmpty:");
  assert.equal(head?.status, 206);
  assert.equal(head?.length, 12);
  assert.equal(head?.keepsAlive, true);
  assert.deepEqual(
    [...(head?.headers ?? [])],
    [
      ["content-length", "12"],
      ["x-ms-meta-a", "b: c"],
      ["vary", "x, y"],
      ["empty", ""],
    ],
  );
});

test("parseAnswerHead knows when a connection ends with its answer", () => {
  assert.equal(parseAnswerHead("HTTP/1.1 200 OK\r\nConnection: Close")?.keepsAlive, false);
  assert.equal(parseAnswerHead("HTTP/1.0 200 OK\r\nContent-Length: 1")?.keepsAlive, false);
  assert.equal(parseAnswerHead("HTTP/1.1 200")?.keepsAlive, true);
});

test("parseAnswerHead tells no length where it is unknown or in doubt", () => {
  for (const fields of [
    "Server: x",
    "Transfer-Encoding: gzip, chunked",
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: -1",
    "Content-Length: 0x10",
    "Content-Length: 9999999999999999",
  ]) {
    const head = parseAnswerHead(`HTTP/1.1 200 OK\r\n${fields}`);
    assert.equal(head?.status, 200, fields);
    assert.equal(head?.length, undefined, fields);
  }
});

test("parseAnswerHead tells a body in chunks", () => {
  assert.equal(parseAnswerHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked")?.length, "chunked");
});

test("parseAnswerHead takes nothing for a head that is none", () => {
  for (const text of [
    "",
    "HTTP/2 200 OK",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 700 OK",
    "ICY 200 OK",
    "HTTP/1.1 200 OK\r\nno colon",
    "HTTP/1.1 200 OK\r\nName : space",
    "HTTP/1.1 200 OK\r\nA: b\r\n continued",
    "HTTP/1.1 200 OK\r\n: no name",
    "HTTP/1.1 200 OK\r\nA: b\nB: c",
  ])
    assert.equal(parseAnswerHead(text), undefined, JSON.stringify(text));
});
