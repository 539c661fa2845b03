import assert from "node:assert/strict";
import { test } from "node:test";
import { Builder } from "flatbuffers";
import * as fc from "fast-check";
import { refuses } from "../../test/support/damage.ts";
import { verifyFlatBuffer } from "./flatbuffer-verifier.ts";
import type { TableShape } from "./flatbuffer-verifier.ts";

const leaf: TableShape = {
  name: "Leaf",
  fields: [{ kind: "scalar", bytes: 8 }, { kind: "vector", elementBytes: 4, alignment: 4 }, { kind: "string" }],
};
const node: TableShape = { name: "Node", fields: [{ kind: "tables", table: leaf }, { kind: "table", table: leaf }, { kind: "strings" }] };
const top: TableShape = { name: "Top", fields: [{ kind: "tables", table: node }] };

function verify(bytes: Uint8Array, root: TableShape = leaf): void {
  verifyFlatBuffer(bytes, { root, identifier: "TEST", what: "test buffer" });
}

/** One leaf: a number, a list of two numbers, a text. */
function leafBytes(): Uint8Array {
  const builder = new Builder();
  builder.finish(writeLeaf(builder), "TEST");
  return builder.asUint8Array().slice();
}

function writeLeaf(builder: Builder): number {
  builder.startVector(4, 2, 4);
  builder.addInt32(1);
  builder.addInt32(2);
  const list = builder.endVector();
  const text = builder.createString("some text");
  builder.startObject(3);
  builder.addFieldInt64(0, 77n, 0n);
  builder.addFieldOffset(1, list, 0);
  builder.addFieldOffset(2, text, 0);
  return builder.endObject();
}

function writeVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets) builder.addOffset(offset);
  return builder.endVector();
}

function edited(bytes: Uint8Array, edit: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  edit(new DataView(copy.buffer));
  return copy;
}

test("verifyFlatBuffer() accepts what a builder writes", () => {
  verify(leafBytes());
  const builder = new Builder();
  const leaves = writeVector(builder, [writeLeaf(builder), writeLeaf(builder)]);
  const strings = writeVector(builder, [builder.createString("a"), builder.createString("")]);
  const single = writeLeaf(builder);
  builder.startObject(3);
  builder.addFieldOffset(0, leaves, 0);
  builder.addFieldOffset(1, single, 0);
  builder.addFieldOffset(2, strings, 0);
  builder.finish(builder.endObject(), "TEST");
  verify(builder.asUint8Array(), node);
});

test("verifyFlatBuffer() ignores fields that a later version added", () => {
  const older: TableShape = { name: "Leaf", fields: leaf.fields.slice(0, 1) };
  verify(leafBytes(), older);
});

test("verifyFlatBuffer() refuses a buffer that is empty, too short or of another kind", () => {
  refuses(() => verify(new Uint8Array(0)), /shorter/);
  refuses(() => verify(leafBytes().subarray(0, 7)), /shorter/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint8(4, 0))), /another kind/);
});

test("verifyFlatBuffer() refuses a root that points at itself or outside", () => {
  for (const offset of [0, 0xffff_ffff, 0x8000_0000, leafBytes().length - 3]) {
    refuses(() => verify(edited(leafBytes(), (view) => view.setUint32(0, offset, true))), /offset leaves|outside|length/);
  }
});

test("verifyFlatBuffer() refuses a table whose description is outside or impossible", () => {
  const root = new DataView(leafBytes().buffer).getUint32(0, true);
  const vtable = root - new DataView(leafBytes().buffer).getInt32(root, true);
  refuses(() => verify(edited(leafBytes(), (view) => view.setInt32(root, -0x7fff_0000, true))), /outside/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setInt32(root, 0x7fff_0000, true))), /outside/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint16(vtable, 5, true))), /impossible length/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint16(vtable, 0x8002, true))), /impossible length/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint16(vtable + 2, 0xfff0, true))), /impossible length/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint16(vtable + 2, 0x7ff0, true))), /table leaves/);
  refuses(() => verify(edited(leafBytes(), (view) => view.setUint16(vtable + 4, 0x4000, true))), /outside its table/);
});

test("verifyFlatBuffer() refuses a list that is longer than the buffer or not aligned", () => {
  const bytes = leafBytes();
  const list = bytes.length - 12;
  assert.equal(new DataView(bytes.buffer).getUint32(list, true), 2);
  refuses(() => verify(edited(bytes, (view) => view.setUint32(list, 0x4000_0001, true))), /list leaves/);
  refuses(() => verify(edited(bytes, (view) => view.setUint32(list, 3, true))), /list leaves/);
});

test("verifyFlatBuffer() refuses a buffer that grows out of proportion on reading by sharing tables", () => {
  const builder = new Builder();
  const leaves = writeVector(builder, Array<number>(1000).fill(writeLeaf(builder)));
  builder.startObject(3);
  builder.addFieldOffset(0, leaves, 0);
  const shared = builder.endObject();
  const nodes = writeVector(builder, Array<number>(1000).fill(shared));
  builder.startObject(1);
  builder.addFieldOffset(0, nodes, 0);
  builder.finish(builder.endObject(), "TEST");
  refuses(() => verify(builder.asUint8Array(), top), /more tables than it can hold/);
});

test("verifyFlatBuffer() refuses a buffer that grows out of proportion on reading by sharing texts", () => {
  const builder = new Builder();
  const strings = writeVector(builder, Array<number>(2000).fill(builder.createString("x".repeat(100_000))));
  builder.startObject(3);
  builder.addFieldOffset(2, strings, 0);
  builder.finish(builder.endObject(), "TEST");
  refuses(() => verify(builder.asUint8Array(), node), /more bytes than it can hold/);
});

test("verifyFlatBuffer() throws nothing but E_CORRUPT for arbitrary bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const bytes = Uint8Array.from([...tail.subarray(0, 4), ...Buffer.from("TEST"), ...tail.subarray(4)]);
      try {
        verify(bytes, top);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "E_CORRUPT");
      }
    }),
    { numRuns: 2000 },
  );
});
