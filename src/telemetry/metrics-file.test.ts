import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, open, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import * as fc from "fast-check";
import { tempFolder } from "../../test/support/temp.ts";
import { AppError } from "../shared/errors.ts";
import { LOG_START, MetricsFile, openLogFile, type LogHandle } from "./metrics-file.ts";

const HEAD = `${LOG_START},"samples":[`;
const TAIL = "\n]}\n";
const MAPPING = '{"0b0e1f0a-6f0e-4ad7-9a6c-0f6f6d0c7c11": "cpu: disk/\\"memory\\": 5"}';

type WriteArguments = [buffer: Uint8Array, offset: number, length: number, position: number];

/** A file in memory that hands its content to `seen` after every change, as a reader would find it after a crash there. */
function memoryHandle(seen: (text: string) => void): LogHandle & { bytesPerWriteMax: number } {
  let content = Buffer.alloc(0);
  const handle = {
    bytesPerWriteMax: Number.POSITIVE_INFINITY,
    write: async (...[buffer, offset, length, position]: WriteArguments) => {
      const bytesWritten = Math.min(length, handle.bytesPerWriteMax);
      const next = Buffer.alloc(Math.max(content.length, position + bytesWritten));
      content.copy(next);
      next.set(buffer.subarray(offset, offset + bytesWritten), position);
      content = next;
      seen(content.toString());
      return { bytesWritten, buffer };
    },
    truncate: async (length: number) => {
      content = content.subarray(0, length);
      seen(content.toString());
    },
    close: async () => undefined,
  };
  return handle as unknown as LogHandle & { bytesPerWriteMax: number };
}

test("the file is a whole JSON document after every step, whatever is replaced", async () => {
  const steps = fc.array(
    fc.record({
      back: fc.nat(6),
      samples: fc.array(fc.string({ maxLength: 40 }), { maxLength: 6 }),
      tail: fc.constantFrom(TAIL, '\n],"x":"é"}\n'),
    }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      let text = "";
      const file = new MetricsFile(
        memoryHandle((now) => {
          JSON.parse(now);
          text = now;
        }),
        HEAD,
      );
      await file.start(TAIL);
      const expected: string[] = [];
      for (const { back, samples, tail } of steps) {
        const index = Math.max(0, expected.length - back);
        expected.splice(index, expected.length, ...samples);
        await file.replace(
          index,
          samples.map((sample) => JSON.stringify(sample)),
          tail,
        );
        assert.deepEqual((JSON.parse(text) as { samples: unknown }).samples, expected);
        assert.ok(text.endsWith(tail), "no blanks are left at the end");
      }
    }),
  );
});

test("replace() goes on when the system writes only a part", async () => {
  let text = "";
  const handle = memoryHandle((now) => (text = now));
  handle.bytesPerWriteMax = 7;
  const file = new MetricsFile(handle, HEAD);
  await file.start(TAIL);
  await file.replace(0, ['{"a":1}', '{"a":2}'], TAIL);
  assert.equal(text, `${HEAD}\n{"a":1},\n{"a":2}${TAIL}`);
});

test("replace() mends the file after a write that failed half-way", async () => {
  let text = "";
  let failing = false;
  const inner = memoryHandle((now) => (text = now));
  const write = async (...[buffer, offset, length, position]: WriteArguments) => {
    if (!failing) return await inner.write(buffer, offset, length, position);
    await inner.write(buffer, offset, Math.ceil(length / 2), position);
    throw new Error("no space");
  };
  const file = new MetricsFile({ ...inner, write } as unknown as LogHandle, HEAD);
  await file.start(TAIL);
  await file.replace(0, ["1"], TAIL);
  failing = true;
  await assert.rejects(file.replace(1, ["222222222222", "333333333333"], TAIL), /no space/);
  assert.throws(() => JSON.parse(text) as unknown);
  failing = false;
  await file.replace(1, ["4"], TAIL);
  assert.equal(text, `${HEAD}\n1,\n4${TAIL}`);
});

test("openLogFile() makes a file, and replaces an empty one, another log or that of another program", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const others = ['[\n  {\n "timestamp": "2024-01-01", "cpu_percent": 3.5}', '{"timestamp": 1, "Memory": 5}\n{}'];
  for (const before of [undefined, "", `${LOG_START},"old":true}`, '{\n  "format": "varve metrics log"\n}', ...others]) {
    if (before !== undefined) await writeFile(path, before);
    const handle = await openLogFile(path);
    await new MetricsFile(handle, HEAD).start(TAIL);
    await handle.close();
    assert.equal(readFileSync(path, "utf8"), HEAD + TAIL);
  }
});

test("openLogFile() leaves everything else as it is and says why", async () => {
  await using folder = await tempFolder("metrics");
  const at = (name: string): string => `${folder.path}/${name}`;
  await writeFile(at("letter.txt"), "Dear Ann");
  await writeFile(at("mapping.json"), MAPPING);
  await mkdir(at("dir"));
  await symlink("/dev/null", at("device"));
  const reasons: Readonly<Record<string, RegExp>> = {
    "letter.txt": /no metrics log/,
    "mapping.json": /no metrics log/,
    dir: /directory/,
    device: /no plain file|not a plain file/,
    "none/log.json": /does not exist/,
    "letter.txt/log.json": /not a directory/,
  };
  for (const [name, why] of Object.entries(reasons)) {
    await assert.rejects(openLogFile(at(name)), (error) => {
      assert.ok(error instanceof AppError, name);
      assert.equal(error.code, "E_USAGE");
      assert.match(error.what, /cannot write the metrics log/);
      assert.match(error.why, why);
      assert.match(error.hint, /--metrics-log/);
      return true;
    });
  }
  assert.equal(readFileSync(at("letter.txt"), "utf8"), "Dear Ann");
  assert.equal(readFileSync(at("mapping.json"), "utf8"), MAPPING);
});

test("a log on a full disk fails at its start", async () => {
  const full = await open("/dev/full", "r+");
  await assert.rejects(new MetricsFile(full, HEAD).start(TAIL), { code: "ENOSPC" });
  await full.close();
});
