import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { tempFolder } from "../../test/support/temp.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_TYPE, type Extent } from "../format/entry.ts";
import { ReadBuffers } from "../repository/stretch-reader.ts";
import { byteStringOf, type ByteString } from "../shared/bytes.ts";
import { systemRandom as random } from "../shared/random.ts";
import { openTarget } from "../source/open.ts";
import { comparedFiles, compareGroups, compareTask } from "./compare-plan.ts";
import { compareFiles } from "./compare-files.ts";
import { FILE_ACTION } from "./file-columns.ts";
import { PlannedFiles } from "./planned-files.ts";
import { LIKENESS } from "./restore-protocol.ts";

const KIB = 1024;
const CHUNK_BYTES = 100;
const folder = await tempFolder("compare");
const target = await openTarget({ kind: "local", path: byteStringOf(folder.path), owner: "none", privileged: false }, { random });
const hasher = await ChunkHasher.create(new Uint8Array(32));
after(async () => {
  await target.close();
  await folder.remove();
});

interface Wanted {
  readonly content: Uint8Array;
  readonly size?: number;
  readonly extents?: readonly Extent[];
}

/** Compares the file `name` with what it should be: likeness, and which of its chunks differ. */
async function compare(
  ...files: readonly (Wanted & { readonly name: string })[]
): Promise<readonly (readonly [number, readonly number[]])[]> {
  const planned = new PlannedFiles();
  for (const { name, content, size = content.length, extents } of files) {
    const pieces = Array.from({ length: Math.ceil(content.length / CHUNK_BYTES) }, (_, at) =>
      content.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES),
    );
    const ids = new Uint8Array(Buffer.concat(pieces.map((piece) => hasher.id(CHUNK_TYPE.data, piece))));
    const entry = fileEntry(name, { size, extents, content: { ids, lengths: Uint32Array.from(pieces, (piece) => piece.length) } });
    planned.add({ directory: "" as ByteString, entry, action: FILE_ACTION.mend, attributes: [] });
  }
  const [group = assert.fail()] = compareGroups(planned, [...files.keys()]);
  const result = await compareFiles(compareTask(planned, group), { target, hasher, buffers: new ReadBuffers() });
  return [...comparedFiles(planned, group, result)].map(({ file, likeness, differing }) => [
    likeness,
    [...differing].map((chunk) => chunk - planned.firstChunk(file)),
  ]);
}

function write(name: string, content: Uint8Array | string): string {
  const path = `${folder.path}/${name}`;
  rmSync(path, { force: true });
  writeFileSync(path, content);
  return path;
}

const CONTENT = random.bytes(450);

describe("compareFiles()", () => {
  test("finds a file alike, and knows which chunks differ in one that is not", async () => {
    const changed = CONTENT.slice();
    changed[250] = (changed[250] ?? 0) ^ 1;
    write("same", CONTENT);
    write("changed", changed);
    write("longer", Buffer.concat([CONTENT, Buffer.from("x")]));
    write("shorter", CONTENT.subarray(0, 320));
    write("empty", "");
    const names = ["same", "changed", "longer", "shorter", "empty"];
    assert.deepEqual(await compare(...names.map((name) => ({ name, content: CONTENT }))), [
      [LIKENESS.alike, []],
      [LIKENESS.alike, [2]],
      [LIKENESS.otherLength, []],
      [LIKENESS.otherLength, [3, 4]],
      [LIKENESS.otherLength, [0, 1, 2, 3, 4]],
    ]);
  });

  test("does not take another kind of item, or a file with two names, for one that can be mended", async () => {
    const path = write("file", CONTENT);
    rmSync(`${path}-name`, { force: true });
    linkSync(path, `${path}-name`);
    symlinkSync(path, `${folder.path}/link`);
    const found = await compare(...["file", "link", "none"].map((name) => ({ name, content: CONTENT })));
    assert.deepEqual(
      found,
      Array.from({ length: 3 }, () => [LIKENESS.notMendable, []]),
    );
  });

  test("leaves no file open and writes to none", async () => {
    const path = write("watched", CONTENT);
    const before = statSync(path, { bigint: true });
    const open = (): number => Number(readFileSync("/proc/self/status", "utf8").length > 0) && statSync("/proc/self/fd").nlink;
    const count = open();
    for (let at = 0; at < 50; at += 1) await compare({ name: "watched", content: CONTENT });
    const after = statSync(path, { bigint: true });
    assert.deepEqual([after.ctimeNs, after.mtimeNs, open()], [before.ctimeNs, before.mtimeNs, count]);
  });

  test(
    "takes a file that may only be read for alike when it is, and else not for one to be mended",
    { skip: process.geteuid?.() === 0 && "root may write to everything" },
    async () => {
      for (const [content, likeness] of [
        [CONTENT, LIKENESS.alike],
        [CONTENT.subarray(0, 440), LIKENESS.notMendable],
      ] as const) {
        chmodSync(write("read-only", content), 0o444);
        assert.deepEqual((await compare({ name: "read-only", content: CONTENT }))[0]?.[0], likeness);
      }
    },
  );
});

describe("compareFiles() of a sparse file", () => {
  const block = 64 * KIB;
  const extents = [
    { offset: block, length: 200 },
    { offset: 3 * block, length: 250 },
  ];
  const wanted = { name: "sparse", content: CONTENT, size: 5 * block, extents };

  /** Writes the file as it should be, but for one byte, at `changed`. */
  function writeSparse(changed?: number, size = wanted.size): void {
    const fd = openSync(write("sparse", ""), "r+");
    writeSync(fd, CONTENT, 0, 200, block);
    writeSync(fd, CONTENT, 200, 250, 3 * block);
    ftruncateSync(fd, size);
    if (changed !== undefined) {
      const byte = new Uint8Array(1);
      readSync(fd, byte, 0, 1, changed);
      writeSync(
        fd,
        byte.map((value) => value ^ 1),
        0,
        1,
        changed,
      );
    }
    closeSync(fd);
  }

  test("finds it alike when its extents and its holes are", async () => {
    writeSparse();
    assert.deepEqual(await compare(wanted), [[LIKENESS.alike, []]]);
    writeSparse(undefined, wanted.size + 1);
    assert.deepEqual(await compare(wanted), [[LIKENESS.otherLength, []]]);
  });

  test("does not mend one that has other bytes than zeros in a hole, wherever", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(wanted.size - 1), async (at) => {
        const inside = extents.some(({ offset, length }) => at >= offset && at < offset + length);
        writeSparse(at);
        const [likeness, differing] = (await compare(wanted))[0] ?? assert.fail();
        assert.deepEqual([likeness, differing.length > 0], inside ? [LIKENESS.alike, true] : [LIKENESS.notMendable, false]);
      }),
      { numRuns: 60, examples: [[0], [block - 1], [block], [block + 199], [block + 200], [3 * block + 250], [5 * block - 1]] },
    );
  });

  test("takes written zeros in a hole for a hole", async () => {
    const plain = new Uint8Array(wanted.size);
    plain.set(CONTENT.subarray(0, 200), block);
    plain.set(CONTENT.subarray(200), 3 * block);
    write("sparse", plain);
    assert.deepEqual(await compare(wanted), [[LIKENESS.alike, []]]);
  });

  test("of nothing but a hole looks at all of it", async () => {
    const hole = { name: "sparse", content: new Uint8Array(0), size: 3 * block, extents: [] };
    write("sparse", new Uint8Array(3 * block));
    assert.deepEqual(await compare(hole), [[LIKENESS.alike, []]]);
    write("sparse", Buffer.concat([new Uint8Array(3 * block - 1), Buffer.from("x")]));
    assert.deepEqual(await compare(hole), [[LIKENESS.notMendable, []]]);
  });
});

test("compareGroups() cuts by files and by chunks, and leaves nothing out", () => {
  const planned = new PlannedFiles();
  const content = (chunks: number) => ({ ids: new Uint8Array(32 * chunks), lengths: new Uint32Array(chunks) });
  for (let at = 0; at < 1300; at += 1)
    planned.add({
      directory: "" as ByteString,
      entry: fileEntry(`f${at}`, { content: content(at < 600 ? 0 : 10) }),
      action: FILE_ACTION.mend,
      attributes: [],
    });
  const groups = compareGroups(planned, [...Array.from({ length: 1300 }).keys()]);
  assert.deepEqual(
    groups.flatMap((group) => [...group]),
    [...Array.from({ length: 1300 }).keys()],
  );
  for (const group of groups) assert.ok(group.length <= 512 && group.reduce((sum, file) => sum + (file < 600 ? 0 : 10), 0) <= 520);
  assert.deepEqual(compareGroups(planned, []), []);
});
