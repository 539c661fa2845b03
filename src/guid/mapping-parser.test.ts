import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MappingFault, MappingParser } from "./mapping-parser.ts";

function parse(text: string, pieceChars = text.length + 1): readonly (readonly [string, string])[] {
  const parser = new MappingParser();
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at < text.length; at += pieceChars)
    for (const { guid, path, number } of parser.push(text.slice(at, at + pieceChars))) {
      assert.equal(number, found.length);
      found.push([guid, path]);
    }
  parser.push("");
  parser.end();
  return found;
}

const faultOf = (text: string): string => {
  try {
    parse(text, 1);
  } catch (error) {
    assert.ok(error instanceof MappingFault, String(error));
    return error.message;
  }
  return "";
};

test("MappingParser gives back what JSON.stringify wrote, however it is cut and indented", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.uuid(), fc.string({ unit: "binary", minLength: 1 })), { selector: ([guid]) => guid });
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 50 }), fc.constantFrom(undefined, 0, 4), (pairs, pieceChars, indent) => {
      const wanted = pairs.filter(([, path]) => !path.includes("\0"));
      assert.deepEqual(parse(JSON.stringify(Object.fromEntries(wanted), undefined, indent), pieceChars), wanted);
    }),
  );
});

test("MappingParser gives the same entries or the same refusal for damaged text, however it is cut", () => {
  const good = JSON.stringify({ "8c-1": "/a/ä", "8c-2": "C:\\x", "8c-3": "/b" });
  const outcome = (text: string, pieceChars: number): unknown => {
    try {
      return parse(text, pieceChars);
    } catch (error) {
      assert.ok(error instanceof MappingFault, String(error));
      return "refused";
    }
  };
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 3 }), fc.integer({ min: 1, max: 20 }), (at, more, pieceChars) => {
      const text = good.slice(0, at) + more + good.slice(at + 1);
      assert.deepEqual(outcome(text, pieceChars), outcome(text, text.length + 1));
    }),
  );
});

test("MappingParser says what is wrong and after which entry", () => {
  assert.equal(faultOf(""), "it is empty");
  assert.equal(faultOf("  \n "), "it is empty");
  assert.equal(faultOf("[1]"), "it is JSON, but not an object");
  assert.equal(faultOf('"text"'), "it is JSON, but not an object");
  for (const text of ["<html>", "nonsense", "nul"]) assert.equal(faultOf(text), "it is not JSON");
  assert.match(faultOf('{"a": 1}'), /^the value of "a" is not a text$/);
  assert.match(faultOf('{"a": "/x", "b": {"c": "/y"}}'), /^the value of "b" is not a text, somewhere after entry 1$/);
  for (const value of ["null", "true", "[]", "1.5"]) assert.match(faultOf(`{"a": ${value}}`), /is not a text/);
  assert.match(faultOf('{"a": ""}'), /is empty or has a NUL/);
  assert.match(faultOf('{"a": "/x\\u0000"}'), /is empty or has a NUL/);
  assert.match(faultOf('{"a": "/x",'), /^it ends in the middle, somewhere after entry 1$/);
  assert.match(faultOf('{"a": "/x"'), /^it ends in the middle, somewhere after entry 1$/);
  assert.match(faultOf('{"a": "/x"} {}'), /^it is not JSON, somewhere after entry 1$/);
  for (const name of ["", "..", "a/../b", "a/", "a\\b", "a?b"])
    assert.match(faultOf(JSON.stringify({ [name]: "/x" })), /cannot be the name of a blob/);
});

test("MappingParser takes no more memory for endless text: a name, a path or a gap of more than 1 MiB is refused", () => {
  for (const start of ['{"', '{"a": "', '{"a": "/x",']) {
    const parser = new MappingParser();
    parser.push(start);
    const piece = (start.endsWith(",") ? " " : "x").repeat(64 * 1024);
    let pushed = 0;
    assert.throws(
      () => {
        for (; pushed < 64; pushed += 1) parser.push(piece);
      },
      (error) => error instanceof MappingFault && error.message.startsWith("no entry ends within 1 MiB"),
    );
    assert.ok(pushed <= 17, `${start} took ${pushed} pieces`);
  }
});
