import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  cutEnd,
  cutMiddle,
  displayWidth,
  formatBytes,
  formatCount,
  formatDuration,
  formatItems,
  formatLocalTime,
  formatTable,
  isoTime,
} from "./format-text.ts";

test("formatBytes() gives up to three digits and a unit", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1.3387, "1 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [123 * 2 ** 30, "123 GiB"],
    [2 ** 60, "1.0 EiB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test("formatCount() and formatItems() group digits and know one from many", () => {
  assert.equal(formatCount(1_234_567), "1,234,567");
  assert.equal(formatCount(999), "999");
  assert.equal(formatItems(1, "file"), "1 file");
  assert.equal(formatItems(0, "file"), "0 files");
  assert.equal(formatItems(2, "entry", "entries"), "2 entries");
});

test("formatDuration() grows from seconds to days", () => {
  assert.equal(formatDuration(0), "0:00");
  assert.equal(formatDuration(42_400), "0:42");
  assert.equal(formatDuration(3_723_000), "1:02:03");
  assert.equal(formatDuration(100_000_000), "1d 3h");
});

test("isoTime() keeps nanoseconds, before 1970 too, and falls back to digits where a date ends", () => {
  assert.equal(isoTime(1_700_000_000_123_456_789n), "2023-11-14T22:13:20.123456789Z");
  assert.equal(isoTime(0n), "1970-01-01T00:00:00.000000000Z");
  assert.equal(isoTime(-1n), "1969-12-31T23:59:59.999999999Z");
  assert.equal(isoTime(2n ** 63n), "2262-04-11T23:47:16.854775808Z");
  assert.equal(isoTime(10n ** 30n), String(10n ** 30n));
});

test("isoTime() orders times as the numbers do", () => {
  const second = fc.bigInt(0n, 4_000_000_000_000_000_000n);
  fc.assert(fc.property(second, second, (a, b) => isoTime(a) < isoTime(b) === a < b));
});

test("formatLocalTime() shows the machine's own time", () => {
  const date = new Date(2024, 0, 2, 3, 4, 5);
  assert.equal(formatLocalTime(BigInt(date.getTime()) * 1_000_000n), "2024-01-02 03:04:05");
});

test("displayWidth() counts wide characters twice and combining marks not at all", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("日本"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("👍"), 2);
});

test("cutMiddle() keeps the start and the end of a path", () => {
  assert.equal(cutMiddle("short", 10), "short");
  assert.equal(cutMiddle("/home/ann/documents/letter.txt", 20), "/home/…ts/letter.txt");
  assert.equal(cutMiddle("abc", 1), "…");
});

test("cutMiddle() and cutEnd() never give more than the columns asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, columns) => {
      assert.ok(displayWidth(cutMiddle(text, columns)) <= columns);
      assert.ok(displayWidth(cutEnd(text, columns)) <= columns);
    }),
  );
});

test("formatTable() aligns columns and leaves no blanks at line ends", () => {
  const rows = [
    ["ID", "Size", "Name"],
    ["a", "1", "x"],
    ["日本", "100", ""],
  ];
  assert.deepEqual(formatTable(rows, [1]), ["ID    Size  Name", "a        1  x", "日本   100"]);
});
