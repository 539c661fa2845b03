import { fromHex, toHex } from "../shared/bytes.ts";
import { assert } from "../shared/assert.ts";
import { ByteReader, ByteWriter } from "./little-endian.ts";

/** Length of the nonce by which a writer recognises its own records, bytes. */
export const WRITER_NONCE_BYTES = 16;

/** What a writer announces before it looks at anything. */
export interface SessionRecord {
  /** Newest epoch of garbage collection that the writer saw. */
  readonly epoch: number;
  readonly startedNs: bigint;
  /** 16 random bytes; tells two writers apart that race for one key. */
  readonly nonce: Uint8Array;
  readonly host: string;
  readonly program: string;
}

/** The value of a session's write-once register: whoever creates it first decides. */
export type CommitRecord =
  | { readonly state: "committed"; readonly nonce: Uint8Array; /** Hex, 64 characters. */ readonly snapshot: string }
  | { readonly state: "fenced"; readonly nonce: Uint8Array; /** Who closed the session, for people. */ readonly by: string };

const COMMITTED = 1;
const FENCED = 2;
const SNAPSHOT_ID_BYTES = 32;

/** Canonical bytes of a session record. */
export function encodeSession(record: SessionRecord): Uint8Array {
  assert(record.nonce.length === WRITER_NONCE_BYTES, "a writer's nonce has 16 bytes");
  return new ByteWriter().u53(record.epoch).i64(record.startedNs).bytes(record.nonce).text(record.host).text(record.program).finish();
}

/** Reads a session record. @throws AppError E_CORRUPT */
export function decodeSession(bytes: Uint8Array): SessionRecord {
  const reader = new ByteReader(bytes, "session record");
  const record = {
    epoch: reader.u53(),
    startedNs: reader.i64(),
    nonce: reader.bytes(WRITER_NONCE_BYTES),
    host: reader.text(),
    program: reader.text(),
  };
  reader.end();
  return record;
}

/** Canonical bytes of a commit register. */
export function encodeCommit(record: CommitRecord): Uint8Array {
  assert(record.nonce.length === WRITER_NONCE_BYTES, "a writer's nonce has 16 bytes");
  const writer = new ByteWriter().u8(record.state === "committed" ? COMMITTED : FENCED).bytes(record.nonce);
  if (record.state === "fenced") return writer.text(record.by).finish();
  const snapshot = fromHex(record.snapshot);
  assert(snapshot.length === SNAPSHOT_ID_BYTES, "a snapshot id has 32 bytes");
  return writer.bytes(snapshot).finish();
}

/** Reads a commit register. @throws AppError E_CORRUPT */
export function decodeCommit(bytes: Uint8Array): CommitRecord {
  const reader = new ByteReader(bytes, "commit register");
  const state = reader.u8();
  if (state !== COMMITTED && state !== FENCED) throw reader.damage("it is in an unknown state");
  const nonce = reader.bytes(WRITER_NONCE_BYTES);
  const record: CommitRecord =
    state === COMMITTED
      ? { state: "committed", nonce, snapshot: toHex(reader.bytes(SNAPSHOT_ID_BYTES)) }
      : { state: "fenced", nonce, by: reader.text() };
  reader.end();
  return record;
}
