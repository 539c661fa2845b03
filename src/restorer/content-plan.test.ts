import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { indexOf, numberAt, type NumberedChunk, type NumberedFile, plannedFiles } from "../../test/support/planned-content.ts";
import type { LoadedIndex } from "../repository/loaded-index.ts";
import { type ContentPlan, planContent, rowsInFileOrder } from "./content-plan.ts";
import type { PlannedFiles } from "./planned-files.ts";

const MIB = 1024 * 1024;
const chunk = (number: number, length = 100): NumberedChunk => ({ number, length });
const everything = (): undefined => undefined;

/** The tasks as text: pack, then `file@position=chunk+offset` of each row in order. */
function describePlan(plan: ContentPlan, files: PlannedFiles): readonly string[] {
  return Array.from({ length: plan.taskCount }, (_, at) => {
    const { task, files: numbers } = plan.task(at);
    if (task.pack === undefined) return `empty: ${[...numbers].map((file) => files.name(file)).join(" ")}`;
    const rows = [...task.rows.offsets].map((offset, row) => {
      const name = files.name(numbers[task.rows.files[row] ?? 0] ?? 0);
      return `${name}@${task.rows.positions[row]}=${numberAt(task.rows.ids, row)}+${offset}`;
    });
    return `pack ${task.pack.id[0]}: ${rows.join(" ")}`;
  });
}

function plan(given: readonly NumberedFile[], loaded: LoadedIndex, wanted: Parameters<typeof planContent>[1] = everything) {
  const files = plannedFiles(given);
  const made = planContent(files, wanted, loaded);
  return { tasks: describePlan(made, files), shared: made.shared, lost: made.lost, files };
}

describe("planContent()", () => {
  test("orders rows by their place in the pack, whatever the order of the files", () => {
    const loaded = indexOf([[chunk(1), chunk(2), chunk(3)]]);
    const made = plan(
      [
        { name: "b", chunks: [chunk(3)] },
        { name: "a", chunks: [chunk(1), chunk(2)] },
      ],
      loaded,
    );
    assert.deepEqual(made.tasks, ["pack 1: a@0=1+0 a@100=2+100 b@0=3+200"]);
    assert.deepEqual([made.shared, made.lost], [[], []]);
  });

  test("gives files with the same content one row each, in the order in which they were planned", () => {
    const loaded = indexOf([[chunk(1), chunk(2)]]);
    const made = plan(
      [
        { name: "a", chunks: [chunk(1)] },
        { name: "b", chunks: [chunk(1)] },
        { name: "c", chunks: [chunk(2)] },
      ],
      loaded,
    );
    assert.deepEqual(made.tasks, ["pack 1: a@0=1+0 b@0=1+0 c@0=2+100"]);
    assert.deepEqual(made.shared, []);
  });

  test("makes a file shared when its rows are in several packs", () => {
    const loaded = indexOf([[chunk(1), chunk(2)], [chunk(3)]]);
    const made = plan(
      [
        { name: "a", chunks: [chunk(1), chunk(3), chunk(1)] },
        { name: "b", chunks: [chunk(2)] },
      ],
      loaded,
    );
    assert.deepEqual(made.tasks, ["pack 1: a@0=1+0 a@200=1+0 b@0=2+100", "pack 2: a@100=3+0"]);
    assert.deepEqual(made.shared, [{ file: 0, rows: 3 }]);
    assert.deepEqual([made.files.facts.shared[0], made.files.facts.shared[1]], [1, 0]);
  });

  test("makes files shared whose rows lie between each other's in one pack", () => {
    const loaded = indexOf([[chunk(1), chunk(2), chunk(3)]]);
    const made = plan(
      [
        { name: "a", chunks: [chunk(1), chunk(3)] },
        { name: "b", chunks: [chunk(2)] },
      ],
      loaded,
    );
    assert.deepEqual(made.shared, [{ file: 0, rows: 2 }]);
  });

  test("cuts a large pack into stretches of 32 MiB, each a task", () => {
    const chunks = Array.from({ length: 10 }, (_, at) => chunk(at, 8 * MIB));
    const made = plan(
      chunks.map((one) => ({ name: `f${one.number}`, chunks: [one] })),
      indexOf([chunks]),
    );
    assert.deepEqual(
      made.tasks.map((task) => task.split(" ").length - 2),
      [4, 4, 2],
    );
  });

  test("writes nothing of a file with a chunk that no pack holds, and everything of the others", () => {
    const loaded = indexOf([[chunk(1), chunk(2)]]);
    const made = plan(
      [
        { name: "a", chunks: [chunk(1), chunk(9)] },
        { name: "b", chunks: [chunk(2)] },
        { name: "c", chunks: [chunk(9)] },
      ],
      loaded,
    );
    assert.deepEqual([made.tasks, made.lost, made.shared], [["pack 1: b@0=2+100"], [0, 2], []]);
  });

  test("takes a length that reaches beyond the pack for lost", () => {
    const loaded = indexOf([[chunk(1), chunk(2)]]);
    for (const length of [101, 0xffff_ffff]) assert.deepEqual(plan([{ name: "a", chunks: [chunk(2, length)] }], loaded).lost, [0]);
  });

  test("puts files without content into tasks of their own", () => {
    const files = [...Array.from({ length: 2050 }, (_, at) => ({ name: `e${at}`, chunks: [] })), { name: "a", chunks: [chunk(1)] }];
    const made = plan(files, indexOf([[chunk(1)]]));
    assert.deepEqual(
      made.tasks.map((task) => [task.slice(0, 5), task.split(" ").length]),
      [
        ["pack ", 3],
        ["empty", 2049],
        ["empty", 3],
      ],
    );
  });

  test("plans only the chunks that are wanted, at their places in the file", () => {
    const loaded = indexOf([[chunk(1), chunk(2), chunk(3)]]);
    const files = [
      { name: "a", chunks: [chunk(1), chunk(2), chunk(3)] },
      { name: "b", chunks: [chunk(1)] },
    ];
    const made = plan(files, loaded, (file) => (file === 0 ? new Set([1]) : new Set()));
    assert.deepEqual(made.tasks, ["pack 1: a@100=2+100", "empty: b"]);
  });

  test("gives every wanted chunk of every whole file exactly one row, at the right place", () => {
    const packs = [0, 1, 2].map((pack) => Array.from({ length: 6 }, (_, at) => chunk(pack * 6 + at, 1 + ((pack * 7 + at * 3) % 5))));
    const known = packs.flat();
    const anyFile = fc.array(fc.nat(known.length), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyFile, { maxLength: 10 }), (given) => {
        const files = given.map((numbers, at) => ({ name: `f${at}`, chunks: numbers.map((number) => known[number] ?? chunk(99, 4)) }));
        const made = plan(files, indexOf(packs));
        const expected = new Set<string>();
        for (const { name, chunks } of files.filter(({ chunks }) => chunks.every(({ number }) => number !== 99))) {
          let position = 0;
          for (const { number, length } of chunks) {
            expected.add(`${name}@${position}=${number}`);
            position += length;
          }
          if (chunks.length === 0) expected.add(name);
        }
        const rows = made.tasks
          .flatMap((task) => task.split(" ").slice(task.startsWith("pack") ? 2 : 1))
          .map((row) => row.replace(/\+\d+$/, ""));
        assert.deepEqual(rows.toSorted(), [...expected].toSorted());
      }),
      { numRuns: 200 },
    );
  });
});

test("rowsInFileOrder() lists the chunks of the files asked for, with their positions", () => {
  const files = plannedFiles([
    { name: "a", chunks: [chunk(1), chunk(2, 7)] },
    { name: "b", chunks: [] },
    { name: "c", chunks: [chunk(3), chunk(4, 9)] },
  ]);
  const { rows, counts } = rowsInFileOrder(files, Uint32Array.of(2, 1, 0));
  assert.deepEqual(
    [[...counts], [...rows.lengths], [...rows.positions], [...rows.files]],
    [
      [2, 0, 2],
      [100, 9, 100, 7],
      [0, 100, 0, 100],
      [0, 0, 2, 2],
    ],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => numberAt(rows.ids, row)),
    [3, 4, 1, 2],
  );
});
