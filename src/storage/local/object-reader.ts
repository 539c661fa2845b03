import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../shared/errors.ts";
import { isObjectKey } from "../object-key.ts";
import type { ByteRange, CallOptions, ObjectInfo } from "../object-store.ts";
import { objectNotFound, rangeBeyondEnd } from "../store-errors.ts";

/** `lstat` calls in flight while listing: enough to hide a network file system's latency. */
const STATS_IN_FLIGHT = 32;

/** Errors that mean "no such object": nothing there, a file where a folder should be, a folder where a file should be. */
const ABSENT: readonly string[] = ["ENOENT", "ENOTDIR", "EISDIR"];

/** True when the error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.includes(systemCode(error));
}

/** Reads the file of an object; E_OBJECT_NOT_FOUND and E_CORRUPT as the contract says. */
export async function readObject(
  root: string,
  key: string,
  { range, into }: { readonly range?: ByteRange | undefined; readonly into?: Uint8Array | undefined },
): Promise<Uint8Array> {
  try {
    await using file = await open(join(root, key), "r");
    if (range === undefined) return await readWhole(file, key);
    const bytes = into !== undefined && into.length >= range.length ? into.subarray(0, range.length) : Buffer.allocUnsafeSlow(range.length);
    const length = await fill(file, bytes, range.offset);
    if (length < range.length) throw rangeBeyondEnd(key, range, (await file.stat()).size);
    // A read of no bytes succeeds anywhere and even on a folder.
    if (range.length === 0) {
      const info = await file.stat();
      if (!info.isFile()) throw objectNotFound(key, `folder ${root}`);
      if (info.size < range.offset) throw rangeBeyondEnd(key, range, info.size);
    }
    return bytes;
  } catch (error) {
    if (isAbsent(error)) throw objectNotFound(key, `folder ${root}`);
    throw error;
  }
}

type OpenFile = Awaited<ReturnType<typeof open>>;

async function readWhole(file: OpenFile, key: string): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = Buffer.allocUnsafeSlow(size);
  const length = await fill(file, bytes, 0);
  if (length < size) throw rangeBeyondEnd(key, { offset: 0, length: size }, length);
  if (size === 0) await file.read(Buffer.alloc(1), 0, 1, 0); // EISDIR on a folder
  return bytes;
}

/** Fills `bytes` from `offset` on; tells how many there were before the end. */
async function fill(file: OpenFile, bytes: Uint8Array, offset: number): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/** Size of the object's file; undefined when there is none. */
export async function statObject(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const info = await lstat(join(root, key));
    return info.isFile() ? { key, size: info.size } : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * All objects in a folder (relative to the root, empty for all) and below it. Names outside the key grammar are not objects and are
 * passed over: the temp folder, `lost+found`, what a file manager leaves.
 */
export async function* listFolder(root: string, folder: string, options: CallOptions = {}): AsyncGenerator<ObjectInfo> {
  options.signal?.throwIfAborted();
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    const key = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!isObjectKey(key)) continue;
    if (entry.isDirectory()) folders.push(key);
    else files.push(key);
  }
  for (let at = 0; at < files.length; at += STATS_IN_FLIGHT) {
    options.signal?.throwIfAborted();
    const batch = await Promise.all(files.slice(at, at + STATS_IN_FLIGHT).map((key) => statObject(root, key)));
    for (const info of batch) if (info !== undefined) yield info;
  }
  for (const inner of folders) yield* listInner(root, inner, options);
}

/** A folder that vanishes after its parent was read held nothing any more. */
async function* listInner(root: string, folder: string, options: CallOptions): AsyncGenerator<ObjectInfo> {
  try {
    yield* listFolder(root, folder, options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
