import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ShareFileClient } from "@azure/storage-file-share";
import { all, startFixture, type Fixture } from "./emulator-fixture.ts";

const UNIT = 512;

/** Files of the test are at most this long. */
const SIZE_MAX = 12 * UNIT;

/** One thing that happens to the file. */
type Step =
  | { readonly kind: "write" | "clear"; readonly at: number; readonly length: number; readonly value: number }
  | { readonly kind: "resize"; readonly size: number }
  | { readonly kind: "snapshot" };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom("write" as const, "write" as const, "clear" as const),
        at: fc.integer({ min: 0, max: SIZE_MAX - 1 }),
        length: fc.integer({ min: 1, max: 3 * UNIT }),
        value: fc.integer({ min: 1, max: 255 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), size: fc.integer({ min: 1, max: SIZE_MAX }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("snapshot" as const) }) },
  ),
  { minLength: 4, maxLength: 14, size: "max" },
);

/** A file as plain bytes, and for each byte the number of the write it came from; none in holes. */
class Model {
  bytes: Buffer = Buffer.alloc(SIZE_MAX);
  size = SIZE_MAX;
  marks: number[] = Array.from({ length: SIZE_MAX }, () => 0);
  writes = 0;

  copy(): Model {
    return Object.assign(new Model(), { bytes: Buffer.from(this.bytes), size: this.size, marks: [...this.marks], writes: this.writes });
  }

  write(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at);
    this.writes += 1;
    this.marks.fill(this.writes, at, at + bytes.length);
  }

  /** Units inside the range become holes, also the last one of the file; the rest becomes zeros that were written. */
  clear(at: number, length: number): void {
    const end = at + length;
    for (let unit = Math.floor(at / UNIT); unit * UNIT < end; unit += 1) {
      const [from, to] = [Math.max(at, unit * UNIT), Math.min(end, (unit + 1) * UNIT)];
      const isWhole = from === unit * UNIT && to === Math.min((unit + 1) * UNIT, this.size);
      if (isWhole) this.marks.fill(0, from, to);
      else this.write(from, new Uint8Array(to - from));
      this.bytes.fill(0, from, to);
    }
  }

  resize(size: number): void {
    this.bytes.fill(0, Math.min(size, this.size));
    this.marks.fill(0, size);
    this.size = size;
  }

  held(): readonly string[] {
    return this.#shown((unit) => (this.newest(unit, this.size) > 0 ? "write" : undefined));
  }

  changes(since: Model): readonly string[] {
    return this.#shown((unit) => {
      const now = this.newest(unit, this.size);
      if (now > 0) return now > since.writes ? "write" : undefined;
      return since.newest(unit, this.size) > 0 ? "clear" : undefined;
    });
  }

  /** The youngest write in a unit, of what lies before `end`. */
  newest(unit: number, end: number): number {
    return Math.max(0, ...this.marks.slice(unit * UNIT, Math.min((unit + 1) * UNIT, end)));
  }

  /** Units of one kind joined, as `kind start-end`. */
  #shown(kindOf: (unit: number) => string | undefined): readonly string[] {
    const shown: { kind: string; start: number; end: number }[] = [];
    for (let unit = 0; unit * UNIT < this.size; unit += 1) {
      const kind = kindOf(unit);
      const last = shown.at(-1);
      const end = Math.min((unit + 1) * UNIT, this.size) - 1;
      if (kind !== undefined && last?.kind === kind && last.end === unit * UNIT - 1) last.end = end;
      else if (kind !== undefined) shown.push({ kind, start: unit * UNIT, end });
    }
    return shown.map(({ kind, start, end }) => `${kind} ${start}-${end}`);
  }
}

async function apply(step: Exclude<Step, { kind: "snapshot" }>, file: ShareFileClient, model: Model): Promise<void> {
  if (step.kind === "resize") {
    await file.resize(step.size);
    model.resize(step.size);
    return;
  }
  const at = step.at % model.size;
  const length = Math.min(step.length, model.size - at);
  if (step.kind === "write") {
    const bytes = Buffer.alloc(length, step.value);
    await file.uploadRange(bytes, at, length);
    model.write(at, bytes);
  } else {
    await file.clearRange(at, length);
    model.clear(at, length);
  }
}

async function shownBy(file: ShareFileClient, since?: string): Promise<readonly string[]> {
  const items = since === undefined ? await all(file.listRanges()) : await all(file.listRangesDiff(since));
  return items.map((item) => `${"isClear" in item && item.isClear ? "clear" : "write"} ${item.start}-${item.end}`);
}

interface Frozen {
  readonly name: string;
  readonly model: Model;
}

/** Compares content, ranges and the difference to every older snapshot. */
async function compare(file: ShareFileClient, model: Model, older: readonly Frozen[]): Promise<void> {
  assert.deepEqual(await file.downloadToBuffer(), model.bytes.subarray(0, model.size));
  assert.deepEqual(await shownBy(file), model.held());
  for (const { name, model: base } of older) assert.deepEqual(await shownBy(file, name), model.changes(base), `since ${name}`);
}

async function play(plan: readonly Step[], { service }: Fixture, name: string): Promise<void> {
  const share = service.getShareClient(name);
  await share.create();
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(SIZE_MAX);
  const model = new Model();
  const frozen: Frozen[] = [];
  for (const step of plan) {
    if (step.kind === "snapshot") frozen.push({ name: (await share.createSnapshot()).snapshot ?? "", model: model.copy() });
    else await apply(step, file, model);
  }
  await compare(file, model, frozen);
  for (const [index, { name: snapshot, model: then }] of frozen.entries()) {
    await compare(share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f"), then, frozen.slice(0, index));
  }
  for (const { name: snapshot } of frozen) await share.withSnapshot(snapshot).delete();
  await compare(file, model, []);
}

test("content, ranges and differences agree with a model, for the live file and for every snapshot", async (t) => {
  const fixture = await startFixture(t);
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      runs += 1;
      await play(plan, fixture, `run-${runs}`);
    }),
    { numRuns: 40 },
  );
});
