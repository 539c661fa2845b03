import { mkdirSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** A segment that would grow beyond this takes no more bytes. */
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

/** Writes up to this size go straight into the page cache, which is quicker than a round through the thread pool. */
const DIRECT_BYTES_MAX = 64 * 1024;

/** Idle segments beyond this are closed. */
const OPEN_MAX = 128;

const NAME = /^\d{8}\.seg$/;

/** Where bytes lie. */
export interface Location {
  readonly segment: number;
  readonly position: number;
}

interface OpenSegment {
  readonly handle: Promise<FileHandle>;
  users: number;
}

/** Content of all files, appended to segment files and never changed there. Who uses which bytes is the database's business. */
export class SegmentStore {
  readonly #folder: string;
  readonly #open = new Map<number, OpenSegment>();
  readonly #pins = new Map<number, number>();
  readonly #unwanted = new Set<number>();
  readonly #running = new Set<Promise<unknown>>();
  #current: number;
  #end: number;

  /** Opens the folder, or makes it. Full segments that `isUsed` does not know are left over from a crash, and go. */
  constructor(folder: string, isUsed: (segment: number) => boolean) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    const segments = readdirSync(folder).flatMap((name) => (NAME.test(name) ? [Number.parseInt(name, 10)] : []));
    this.#current = Math.max(1, ...segments);
    for (const segment of segments) if (segment !== this.#current && !isUsed(segment)) rmSync(this.#path(segment));
    this.#end = statSync(this.#path(this.#current), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Stores bytes; whoever reads afterwards finds them at the location. The segment is pinned until `release`. */
  async append(bytes: Uint8Array): Promise<Location> {
    const location = this.#reserve(bytes.length);
    this.pin([location.segment]);
    await this.#use(location.segment, async (handle) => writeAll(handle, bytes, location.position));
    return location;
  }

  /** The bytes at a place; the caller has pinned the segment. */
  async read({ segment, position }: Location, length: number): Promise<Uint8Array> {
    return this.#use(segment, async (handle) => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, position);
      if (bytesRead !== length) throw new Error(`segment ${segment} ends before ${position + length}`);
      return bytes;
    });
  }

  /** Keeps segments from being removed until they are released as often. */
  pin(segments: Iterable<number>): void {
    for (const segment of segments) this.#pins.set(segment, (this.#pins.get(segment) ?? 0) + 1);
  }

  async release(segments: Iterable<number>): Promise<void> {
    for (const segment of segments) {
      const pins = (this.#pins.get(segment) ?? 1) - 1;
      if (pins > 0) this.#pins.set(segment, pins);
      else {
        this.#pins.delete(segment);
        if (this.#unwanted.has(segment)) await this.#remove(segment);
      }
    }
  }

  /** Removes a segment that no extent uses any more, at once or when its last reader is done; the one that is being filled stays. */
  async drop(segment: number): Promise<void> {
    if (segment === this.#current) return;
    if (this.#pins.has(segment)) this.#unwanted.add(segment);
    else await this.#remove(segment);
  }

  /** Waits for reads and writes that run. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    for (const { handle } of this.#open.values()) await (await handle).close();
    this.#open.clear();
  }

  #reserve(length: number): Location {
    if (this.#end > 0 && this.#end + length > SEGMENT_BYTES_MAX) {
      this.#current += 1;
      this.#end = 0;
    }
    const location = { segment: this.#current, position: this.#end };
    this.#end += length;
    return location;
  }

  async #use<T>(segment: number, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const opened = this.#open.get(segment) ?? { handle: openSegment(this.#path(segment)), users: 0 };
    this.#open.set(segment, opened);
    opened.users += 1;
    const running = opened.handle.then(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      opened.users -= 1;
      if (this.#open.size > OPEN_MAX) await this.#closeIdle();
    }
  }

  async #closeIdle(): Promise<void> {
    for (const [segment, { handle, users }] of this.#open) {
      if (users > 0 || segment === this.#current) continue;
      this.#open.delete(segment);
      await (await handle).close();
      return;
    }
  }

  async #remove(segment: number): Promise<void> {
    this.#unwanted.delete(segment);
    const opened = this.#open.get(segment);
    this.#open.delete(segment);
    await (await opened?.handle)?.close();
    await rm(this.#path(segment), { force: true });
  }

  #path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(8, "0")}.seg`);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = bytes.length - done;
    if (rest <= DIRECT_BYTES_MAX) done += writeSync(handle.fd, bytes, done, rest, position + done);
    else done += (await handle.write(bytes, done, rest, position + done)).bytesWritten;
  }
}

async function openSegment(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch {
    return open(path, "w+");
  }
}
