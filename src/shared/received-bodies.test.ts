import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import * as fc from "fast-check";
import { ReceivedBodies, type PassingAnswer } from "./received-bodies.ts";

function answerOf(body: Readable, length: number | undefined): PassingAnswer {
  return {
    headers: { get: (name) => (name === "content-length" && length !== undefined ? `${length}` : undefined) },
    readableStreamBody: body,
  };
}

test("ReceivedBodies joins the pieces of a body of exactly the length promised, into memory that has room", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 6 }),
      fc.integer({ min: -3, max: 3 }),
      fc.option(fc.nat({ max: 60 }), { nil: undefined }),
      async (pieces, off, room) => {
        const whole = Buffer.concat(pieces);
        const length = Math.max(0, whole.length + off);
        const bodies = new ReceivedBodies();
        const { signal } = new AbortController();
        const into = room === undefined ? undefined : new Uint8Array(room);
        let moved = 0;
        const { answer, bytes } = await bodies.receive(signal, { into, moved: () => (moved += 1) }, async () => {
          const passing = answerOf(Readable.from(pieces), length);
          bodies.take(signal, passing);
          return passing;
        });
        assert.equal(moved, pieces.length);
        assert.equal((answer.readableStreamBody as Readable).readableFlowing, null);
        if (length !== whole.length) assert.equal(bytes, undefined);
        else {
          assert.deepEqual(Buffer.from(bytes ?? []), whole);
          assert.equal(bytes?.buffer === into?.buffer, into !== undefined && into.length >= length);
        }
      },
    ),
  );
});

test("ReceivedBodies throws what the connection throws in the middle of a body", async () => {
  const bodies = new ReceivedBodies();
  const { signal } = new AbortController();
  const body = new PassThrough();
  const received = bodies.receive(signal, { moved: () => undefined }, async () => {
    bodies.take(signal, answerOf(body, 100));
    body.write("half");
    setImmediate(() => body.destroy(Object.assign(new Error("gone"), { code: "ECONNRESET" })));
  });
  await assert.rejects(received, { code: "ECONNRESET" });
});

test("ReceivedBodies leaves alone what nobody awaits, and a body whose length is not told", async () => {
  const bodies = new ReceivedBodies();
  const { signal } = new AbortController();
  const unknown = answerOf(Readable.from(["a"]), 1);
  bodies.take(new AbortController().signal, unknown);
  bodies.take(undefined, unknown);
  const endless = answerOf(Readable.from(["b"]), undefined);
  const { bytes } = await bodies.receive(signal, { moved: () => undefined }, async () => bodies.take(signal, endless));
  assert.equal(bytes, undefined);
  assert.deepEqual([await textOf(unknown), await textOf(endless)], ["a", "b"]);
});

async function textOf({ readableStreamBody }: PassingAnswer): Promise<string> {
  return (await (readableStreamBody as Readable).toArray()).join("");
}
