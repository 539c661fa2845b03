import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { testContext } from "../../test/support/keys.ts";
import { concatBytes, toHex } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom, systemRandom } from "../shared/random.ts";
import type { Random } from "../shared/random.ts";
import { encodePackDirectory } from "../format/pack-directory.ts";
import type { PackDirectory } from "../format/pack-directory.ts";
import { FRAME_BYTES, HEADER_BYTES, OBJECT_KIND, SUITE } from "../format/sealed-object.ts";
import type { ObjectKind, Suite } from "../format/sealed-object.ts";
import { openObject, sealObject, StreamOpener, StreamSealer, tailBytes } from "./sealed-stream.ts";

const context = testContext();
const EVERY_KIND = Object.values(OBJECT_KIND);
const EVERY_SUITE = Object.values(SUITE);

/** Half of it compresses, half does not. */
function payload(length: number): Uint8Array {
  const bytes = seededRandom(length).bytes(length);
  bytes.fill(65, length >> 1);
  return bytes;
}

interface SealedPack {
  readonly object: Uint8Array;
  readonly directory: PackDirectory;
  readonly raw: Uint8Array;
}

/** A pack of one chunk. */
function sealPack(length: number, options: { readonly suite?: Suite; readonly random?: Random } = {}): SealedPack {
  const raw = payload(length);
  const sealer = new StreamSealer({
    ...context,
    kind: OBJECT_KIND.dataPack,
    random: options.random ?? systemRandom,
    ...(options.suite === undefined ? {} : { suite: options.suite }),
  });
  const parts = [sealer.header];
  for (let at = 0; at < length; at += FRAME_BYTES) parts.push(sealer.seal(raw.subarray(at, at + FRAME_BYTES), 2));
  const directory = {
    ...sealer.frames,
    chunkIds: new Uint8Array(32).fill(1),
    chunkTypes: Uint8Array.of(1),
    chunkLengths: Uint32Array.of(length),
  };
  parts.push(sealer.finish(encodePackDirectory(directory)));
  const object = concatBytes(parts);
  assert.equal(sealer.objectLength, object.length);
  return { object, directory, raw };
}

function openPack(object: Uint8Array): Uint8Array {
  const opener = StreamOpener.open(object.subarray(0, HEADER_BYTES), { ...context, kind: OBJECT_KIND.dataPack });
  const directory = opener.openPackDirectory(object.length, object);
  let at = HEADER_BYTES;
  const frames = [...directory.frameSealedLengths].map((length, number) => {
    const rawLength = Math.min(FRAME_BYTES, directory.rawLength - number * FRAME_BYTES);
    at += length;
    return opener.openFrame({
      number,
      sealed: object.subarray(at - length, at),
      compressed: directory.frameFlags[number] === 1,
      rawLength,
    });
  });
  return concatBytes(frames);
}

test("StreamOpener gives back what StreamSealer sealed, with every suite", () => {
  for (const suite of EVERY_SUITE) {
    for (const length of [1, FRAME_BYTES, 3 * FRAME_BYTES + 12_345]) {
      const pack = sealPack(length, { suite });
      assert.deepEqual(new Uint8Array(openPack(pack.object)), pack.raw);
    }
  }
});

test("StreamOpener.openPackDirectory() needs the last bytes only, as many as tailBytes() says", () => {
  const { object, directory } = sealPack(2 * FRAME_BYTES);
  const needed = tailBytes(object.length, object.subarray(object.length - 16));
  const opener = StreamOpener.open(object, { ...context, kind: OBJECT_KIND.dataPack });
  assert.deepEqual(opener.openPackDirectory(object.length, object.subarray(object.length - needed)), directory);
  refuses(() => opener.openDirectory(object.length, object.subarray(object.length - needed + 1)), /cut off/);
});

test("StreamOpener.openFrame() names the frame that is damaged", () => {
  const { object, directory } = sealPack(2 * FRAME_BYTES);
  const first = directory.frameSealedLengths[0] ?? 0;
  const place = HEADER_BYTES + first + 10;
  const changed = object.with(place, (object[place] ?? 0) ^ 1);
  assert.throws(
    () => openPack(changed),
    (error) => isAppError(error, "E_CORRUPT") && error.what.includes("frame 1") && error.data["frame"] === 1,
  );
});

test("StreamOpener.openFrame() refuses a frame in another place, with another length or compression flag", () => {
  const { object, directory } = sealPack(3 * FRAME_BYTES);
  const opener = StreamOpener.open(object, { ...context, kind: OBJECT_KIND.dataPack });
  const sealed = object.subarray(HEADER_BYTES, HEADER_BYTES + (directory.frameSealedLengths[0] ?? 0));
  const compressed = directory.frameFlags[0] === 1;
  opener.openFrame({ number: 0, sealed, compressed, rawLength: FRAME_BYTES });
  refuses(() => opener.openFrame({ number: 1, sealed, compressed, rawLength: FRAME_BYTES }), /seal/);
  refuses(() => opener.openFrame({ number: 0, sealed, compressed, rawLength: FRAME_BYTES - 1 }), /seal/);
  refuses(() => opener.openFrame({ number: 0, sealed, compressed: !compressed, rawLength: FRAME_BYTES }), /seal/);
  refuses(() => opener.openFrame({ number: 0xffff_ffff, sealed, compressed, rawLength: FRAME_BYTES }), /seal/);
});

test("StreamOpener.openFrame() refuses a frame of another object of the same kind", () => {
  const a = sealPack(FRAME_BYTES);
  const b = sealPack(FRAME_BYTES);
  const opener = StreamOpener.open(a.object, { ...context, kind: OBJECT_KIND.dataPack });
  const sealed = b.object.subarray(HEADER_BYTES, HEADER_BYTES + (b.directory.frameSealedLengths[0] ?? 0));
  refuses(() => opener.openFrame({ number: 0, sealed, compressed: b.directory.frameFlags[0] === 1, rawLength: FRAME_BYTES }), /seal/);
});

test("StreamSealer.seal() writes a frame into the caller's memory when it has room", () => {
  const sealer = new StreamSealer({ ...context, kind: OBJECT_KIND.dataPack, random: systemRandom });
  const memory = new Uint8Array(2 * FRAME_BYTES);
  assert.equal(sealer.seal(payload(FRAME_BYTES), 2, memory).buffer, memory.buffer);
  assert.notEqual(sealer.seal(payload(FRAME_BYTES), 2, new Uint8Array(20)).buffer.byteLength, 20);
});

test("StreamSealer refuses a frame after a short one, an empty frame, and anything after finish()", () => {
  const sealer = new StreamSealer({ ...context, kind: OBJECT_KIND.dataPack, random: systemRandom });
  assert.throws(() => sealer.seal(new Uint8Array(0), 2), /invariant broken/);
  assert.throws(() => sealer.seal(new Uint8Array(FRAME_BYTES + 1), 2), /invariant broken/);
  sealer.seal(new Uint8Array(10), 2);
  assert.throws(() => sealer.seal(new Uint8Array(10), 2), /invariant broken/);
  sealer.finish(new Uint8Array(0));
  assert.throws(() => sealer.finish(new Uint8Array(0)), /invariant broken/);
});

test("openObject() gives back what sealObject() sealed, for every kind, suite and length", () => {
  for (const suite of EVERY_SUITE) {
    for (const kind of EVERY_KIND) {
      const object = concatBytes(sealObject(kind, payload(1000), { ...context, suite, random: systemRandom }));
      assert.deepEqual(openObject(kind, object, context), payload(1000));
    }
  }
  for (const length of [0, 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES + 777]) {
    const object = concatBytes(sealObject(OBJECT_KIND.index, payload(length), { ...context, random: systemRandom }));
    assert.deepEqual(openObject(OBJECT_KIND.index, object, context), payload(length));
  }
});

test("openObject() refuses an object as every other kind, in another repository and under another key", () => {
  for (const kind of EVERY_KIND) {
    const object = concatBytes(sealObject(kind, payload(100), { ...context, random: systemRandom }));
    for (const other of EVERY_KIND.filter((candidate) => candidate !== kind)) {
      refuses(() => openObject(other, object, context), /another kind/);
      // Not even when the header is told to say so.
      refuses(() => openObject(other, object.with(6, other), context), /does not fit/);
    }
    const stranger = testContext(2);
    refuses(() => openObject(kind, object, stranger), /another repository/);
    refuses(() => openObject(kind, object, { ...context, keys: stranger.keys }), /does not fit/);
  }
});

test("openObject() refuses an object under another name than it was sealed for", () => {
  const object = concatBytes(sealObject(OBJECT_KIND.commit, payload(50), { ...context, storedAs: "commits/a", random: systemRandom }));
  assert.deepEqual(openObject(OBJECT_KIND.commit, object, { ...context, storedAs: "commits/a" }), payload(50));
  refuses(() => openObject(OBJECT_KIND.commit, object, { ...context, storedAs: "commits/b" }), /does not fit/);
  refuses(() => openObject(OBJECT_KIND.commit, object, context), /does not fit/);
});

test("openObject() refuses a newer version by its number", () => {
  const object = concatBytes(sealObject(OBJECT_KIND.snapshot, payload(100), { ...context, random: systemRandom }));
  assert.throws(
    () => openObject(OBJECT_KIND.snapshot, object.with(4, 2), context),
    (error) => isAppError(error, "E_REPO_VERSION"),
  );
});

test("openObject() accepts no change at all: every damage is E_CORRUPT", () => {
  const objects = [0, 50, 3000].map((length) =>
    concatBytes(sealObject(OBJECT_KIND.snapshot, payload(length), { ...context, random: systemRandom })),
  );
  fc.assert(
    fc.property(fc.constantFrom(...objects), fc.array(anyDamage, { minLength: 1, maxLength: 2 }), (object, damages) => {
      const changed = damages.reduce(damage, object);
      const opened = decodesOrRefuses(() => openObject(OBJECT_KIND.snapshot, changed, context));
      if (opened !== undefined) assert.deepEqual(changed, object);
    }),
    { numRuns: 2000 },
  );
});

test("openObject() refuses an object cut off at any place", () => {
  const object = concatBytes(sealObject(OBJECT_KIND.commit, payload(40), { ...context, random: systemRandom }));
  for (let length = 0; length < object.length; length += 1)
    refuses(() => openObject(OBJECT_KIND.commit, object.subarray(0, length), context), /./);
});

test("StreamSealer gives every object a key of its own, so that no key and nonce meet twice", () => {
  const headers = new Set<string>();
  for (let i = 0; i < 200; i += 1)
    headers.add(toHex(new StreamSealer({ ...context, kind: anyKind(i), random: systemRandom }).header.subarray(24)));
  assert.equal(headers.size, 200);
});

test("StreamSealer gives equal bytes for equal salts, and others for another kind under the same salt", () => {
  const make = (kind: ObjectKind): Uint8Array => concatBytes(sealObject(kind, payload(100), { ...context, random: seededRandom(5) }));
  assert.deepEqual(make(OBJECT_KIND.session), make(OBJECT_KIND.session));
  assert.notDeepEqual(make(OBJECT_KIND.session).subarray(HEADER_BYTES), make(OBJECT_KIND.commit).subarray(HEADER_BYTES));
});

function anyKind(index: number): ObjectKind {
  return EVERY_KIND[index % EVERY_KIND.length] ?? OBJECT_KIND.dataPack;
}
