import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type NumberedFile, plannedFiles } from "../../test/support/planned-content.ts";
import { tempFolder, type TempFolder } from "../../test/support/temp.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { systemRandom as random } from "../shared/random.ts";
import { openTarget } from "../source/open.ts";
import type { Target, TargetFile } from "../source/target.ts";
import { FILE_ACTION, FileTable } from "./file-columns.ts";
import { FileWriter } from "./file-writer.ts";
import { FILE_OUTCOME, SHARED_FAILED } from "./restore-protocol.ts";

const DONE = FILE_OUTCOME.done;
const PARTIAL = FILE_OUTCOME.partial;
const FAILED = FILE_OUTCOME.failed;
const bytes = (text: string): Uint8Array => Buffer.from(text);

interface Fixture extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly target: Target;
  readonly counters: Int32Array;
  /** A writer of these files, of which each has the given number of rows in its task; `shared` are the files with a counter. */
  writer(files: readonly NumberedFile[], rowCounts: readonly number[], shared?: readonly number[]): FileWriter;
}

async function makeFixture(change: (target: Target) => Target = (target) => target): Promise<Fixture> {
  const folder = await tempFolder("file-writer");
  const real = await openTarget({ kind: "local", path: byteStringOf(folder.path), owner: "none", privileged: false }, { random });
  const target = change(real);
  const counters = new Int32Array(new SharedArrayBuffer(16));
  return {
    folder,
    target,
    counters,
    writer: (files, rowCounts, shared = []) => {
      const planned = plannedFiles(files);
      for (const [at, file] of shared.entries()) planned.share(file, at + 1);
      return new FileWriter(target, new FileTable(planned.columns([...files.keys()], Uint32Array.from(rowCounts))), counters);
    },
    [Symbol.asyncDispose]: async () => {
      await real.close();
      await folder.remove();
    },
  };
}

const file = (name: string, more: Partial<NumberedFile> = {}): NumberedFile => ({ name, chunks: [], ...more });

/** A target whose files fail in one of their calls. */
function failingIn(call: "write" | "finish" | "truncate", fails: (name: string) => boolean = () => true): (target: Target) => Target {
  const failing = <T extends TargetFile>(file: T, name: string): T =>
    new Proxy(file, {
      get: (of, property) => {
        if (property === call && fails(name)) {
          return () => {
            if (call === "finish") void of.abandon();
            throw new AppError({ code: "E_TARGET_FULL", what: `${call} failed` });
          };
        }
        const value: unknown = Reflect.get(of, property);
        return typeof value === "function" ? (value.bind(of) as unknown) : value;
      },
    });
  return (target) =>
    new Proxy(target, {
      get: (of, property) => {
        if (property === "createFile")
          return async (...args: Parameters<Target["createFile"]>) => failing(await of.createFile(...args), args[1]);
        if (property === "openExisting") {
          return async (...args: Parameters<Target["openExisting"]>) => {
            const found = await of.openExisting(...args);
            return found && failing(found, args[1]);
          };
        }
        const value: unknown = Reflect.get(of, property);
        return typeof value === "function" ? (value.bind(of) as unknown) : value;
      },
    });
}

describe("FileWriter", () => {
  test("finishes a file with its last row, and files without content at once", async () => {
    await using fixture = await makeFixture();
    const writer = fixture.writer([file("a", { entry: { size: 6, mode: 0o640 } }), file("empty")], [2, 0]);
    await writer.writeEmpty(1);
    await writer.write(0, bytes("def"), 3);
    assert.deepEqual([...writer.outcomes], [PARTIAL, DONE]);
    await writer.write(0, bytes("abc"), 0);
    await writer.close();
    assert.deepEqual([[...writer.outcomes], writer.issues, writer.bytesWritten], [[DONE, DONE], [], 6]);
    const path = `${fixture.folder.path}/a`;
    assert.deepEqual(
      [readFileSync(path, "utf8"), statSync(path).mode & 0o7777, statSync(path).mtimeMs],
      ["abcdef", 0o640, 1_700_000_000_123.4568],
    );
  });

  test("spreads the content of a sparse file over its extents and makes the hole at its end", async () => {
    await using fixture = await makeFixture();
    const extents = [
      { offset: 2, length: 3 },
      { offset: 8, length: 3 },
    ];
    const writer = fixture.writer([file("sparse", { extents, entry: { size: 20 } })], [2]);
    await writer.write(0, bytes("abcd"), 0);
    await writer.write(0, bytes("ef"), 4);
    assert.equal(readFileSync(`${fixture.folder.path}/sparse`, "latin1"), "\0\0abc\0\0\0def".padEnd(20, "\0"));
    assert.deepEqual([...writer.outcomes], [DONE]);
  });

  test("cuts off what a mended file has too much, and keeps one that is as long as it should be", async () => {
    await using fixture = await makeFixture();
    writeFileSync(`${fixture.folder.path}/long`, "abcdefgh");
    const writer = fixture.writer([file("long", { action: FILE_ACTION.mend, entry: { size: 5 } })], [1]);
    await writer.write(0, bytes("X"), 2);
    assert.equal(readFileSync(`${fixture.folder.path}/long`, "utf8"), "abXde");
  });

  test("replaces a file only when the new one is complete", async () => {
    await using fixture = await makeFixture();
    writeFileSync(`${fixture.folder.path}/a`, "old");
    const writer = fixture.writer([file("a", { action: FILE_ACTION.replace })], [2]);
    await writer.write(0, bytes("n"), 0);
    assert.equal(readFileSync(`${fixture.folder.path}/a`, "utf8"), "old");
    await writer.write(0, bytes("ew"), 1);
    assert.equal(readFileSync(`${fixture.folder.path}/a`, "utf8"), "new");
  });

  for (const [call, row] of [
    ["write", "its content cannot be written"],
    ["finish", "it cannot be finished"],
  ] as const) {
    test(`leaves nothing of a new file when ${row}, and keeps what it was to replace`, async () => {
      await using fixture = await makeFixture(failingIn(call));
      writeFileSync(`${fixture.folder.path}/b`, "old");
      const writer = fixture.writer([file("a"), file("b", { action: FILE_ACTION.replace })], [1, 1]);
      await writer.write(0, bytes("new"), 0);
      await writer.write(1, bytes("new"), 0);
      await writer.close();
      assert.deepEqual([...writer.outcomes], [FAILED, FAILED]);
      assert.deepEqual(
        writer.issues.map(({ file: at, code }) => [at, code]),
        [
          [0, "E_TARGET_FULL"],
          [1, "E_TARGET_FULL"],
        ],
      );
      assert.deepEqual([readdirSync(fixture.folder.path), readFileSync(`${fixture.folder.path}/b`, "utf8")], [["b"], "old"]);
    });
  }

  test("leaves nothing of a sparse file whose length cannot be set", async () => {
    await using fixture = await makeFixture(failingIn("truncate"));
    writeFileSync(`${fixture.folder.path}/b`, "old");
    const extents = [{ offset: 0, length: 1 }];
    const writer = fixture.writer([file("a", { extents }), file("b", { extents, action: FILE_ACTION.replace })], [1, 1]);
    await writer.write(0, bytes("x"), 0);
    await writer.write(1, bytes("x"), 0);
    assert.deepEqual([[...writer.outcomes], readdirSync(fixture.folder.path)], [[FAILED, FAILED], ["b"]]);
  });

  test("never removes what it did not make: a new file whose name is taken", async () => {
    await using fixture = await makeFixture();
    writeFileSync(`${fixture.folder.path}/a`, "somebody's");
    const writer = fixture.writer([file("a")], [1]);
    await writer.write(0, bytes("new"), 0);
    assert.deepEqual([[...writer.outcomes], writer.issues.map(({ code }) => code)], [[FAILED], ["E_TARGET_EXISTS"]]);
    assert.equal(readFileSync(`${fixture.folder.path}/a`, "utf8"), "somebody's");
  });

  test("fail() takes away what is written of a file, and reports it once", async () => {
    await using fixture = await makeFixture();
    const writer = fixture.writer([file("a")], [3]);
    await writer.write(0, bytes("x"), 0);
    const damaged = new AppError({ code: "E_CORRUPT", what: "damaged" });
    await writer.fail(0, damaged);
    await writer.fail(0, damaged);
    assert.deepEqual([existsSync(`${fixture.folder.path}/a`), writer.issues.length, writer.hasFailed(0)], [false, 1, true]);
  });
});

describe("FileWriter with a shared file", () => {
  const shared = file("s", { entry: { size: 6 } });

  test("finishes it with the last of its rows, whoever writes it", async () => {
    await using fixture = await makeFixture();
    writeFileSync(`${fixture.folder.path}/s`, "");
    fixture.counters[0] = 3;
    const one = fixture.writer([shared, file("other")], [2, 1], [0]);
    const two = fixture.writer([shared], [1], [0]);
    await one.write(0, bytes("ab"), 0);
    await one.write(1, bytes("x"), 0);
    await one.write(0, bytes("cd"), 2);
    await one.close();
    assert.deepEqual([[...one.outcomes], Atomics.load(fixture.counters, 0)], [[PARTIAL, DONE], 1]);
    await two.write(0, bytes("ef"), 4);
    assert.deepEqual([...two.outcomes], [DONE]);
    assert.equal(readFileSync(`${fixture.folder.path}/s`, "utf8"), "abcdef");
  });

  test("never finishes it once a row has failed anywhere", async () => {
    await using fixture = await makeFixture();
    writeFileSync(`${fixture.folder.path}/s`, "");
    fixture.counters[0] = 2;
    const one = fixture.writer([shared], [1], [0]);
    const two = fixture.writer([shared], [1], [0]);
    await one.fail(0, new AppError({ code: "E_CORRUPT", what: "damaged" }));
    assert.deepEqual([Atomics.load(fixture.counters, 0), two.hasFailed(0)], [SHARED_FAILED, true]);
    await two.write(0, bytes("ab"), 0);
    await two.close();
    assert.deepEqual([...two.outcomes], [PARTIAL]);
    // Others may be writing it: whoever planned the file removes it.
    assert.ok(existsSync(`${fixture.folder.path}/s`));
  });

  test("blames a failure to finish it on this file, and not on the next one", async () => {
    await using fixture = await makeFixture(failingIn("finish", (name) => name === "s"));
    writeFileSync(`${fixture.folder.path}/s`, "");
    fixture.counters[0] = 2;
    const writer = fixture.writer([shared, file("a"), file("b")], [2, 1, 1], [0]);
    await writer.write(0, bytes("abc"), 0);
    await writer.write(1, bytes("x"), 0);
    await writer.write(0, bytes("def"), 3);
    await writer.write(2, bytes("x"), 0);
    await writer.close();
    assert.deepEqual([[...writer.outcomes], writer.issues.map(({ file: at }) => at)], [[FAILED, DONE, DONE], [0]]);
  });

  test("reports it when somebody has taken it away", async () => {
    await using fixture = await makeFixture();
    fixture.counters[0] = 2;
    const writer = fixture.writer([shared], [1], [0]);
    await writer.write(0, bytes("ab"), 0);
    assert.deepEqual(
      [[...writer.outcomes], writer.issues.map(({ code, why }) => [code, /replaced or removed/.test(why)])],
      [[FAILED], [["E_TARGET", true]]],
    );
  });
});
