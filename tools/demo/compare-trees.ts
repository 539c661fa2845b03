import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type BigIntStats } from "node:fs";

/** What two trees had in common, and where they were not equal. */
export interface TreeComparison {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  readonly bytes: number;
  /** One line a difference, the first `DIFFERENCES_MAX` of them. */
  readonly differences: readonly string[];
}

/** More lines than this say nothing more. */
export const DIFFERENCES_MAX = 50;

const READ_BYTES = 1024 * 1024;

/**
 * Compares two trees without any code of the program: names byte by byte, kind, content, mode, owner, modification time
 * to the nanosecond, link targets, and which names are one file.
 */
export function compareTrees(before: string, after: string): TreeComparison {
  return new Comparison(before, after).run();
}

class Comparison {
  readonly #roots: readonly [Buffer, Buffer];
  readonly #buffer = Buffer.alloc(READ_BYTES);
  /** First path seen of each file with several names, per tree. */
  readonly #firstNames: readonly [Map<bigint, string>, Map<bigint, string>] = [new Map(), new Map()];
  readonly #differences: string[] = [];
  #files = 0;
  #directories = 0;
  #others = 0;
  #bytes = 0;

  constructor(before: string, after: string) {
    this.#roots = [Buffer.from(before), Buffer.from(after)];
  }

  run(): TreeComparison {
    this.#directory(Buffer.alloc(0));
    return {
      files: this.#files,
      directories: this.#directories,
      others: this.#others,
      bytes: this.#bytes,
      differences: this.#differences.slice(0, DIFFERENCES_MAX),
    };
  }

  #directory(path: Buffer): void {
    this.#directories += 1;
    const [before, after] = this.#names(path);
    for (const name of after.keys()) if (!before.has(name)) this.#differ(path, `has ${shown(Buffer.from(name, "latin1"))} too much`);
    for (const name of before.keys()) {
      const bytes = Buffer.from(name, "latin1");
      const child = path.length === 0 ? bytes : Buffer.concat([path, Buffer.from("/"), bytes]);
      if (after.has(name)) this.#entry(child);
      else this.#differ(child, "is missing");
    }
    // After the children: reading a directory may change its access time, never what is compared here.
    this.#facts(path, this.#stat(0, path), this.#stat(1, path));
  }

  #names(path: Buffer): readonly [Set<string>, Set<string>] {
    const list = (tree: 0 | 1): Set<string> =>
      new Set(readdirSync(this.#full(tree, path), { encoding: "buffer" }).map((name) => name.toString("latin1")));
    return [list(0), list(1)];
  }

  #entry(path: Buffer): void {
    const before = this.#stat(0, path);
    const after = this.#stat(1, path);
    if (kindOf(before) !== kindOf(after)) {
      this.#differ(path, `is a ${kindOf(after)}, was a ${kindOf(before)}`);
    } else if (before.isDirectory()) {
      this.#directory(path);
    } else {
      this.#facts(path, before, after);
      if (before.isFile()) this.#file(path, before, after);
      else this.#other(path, before);
    }
  }

  #facts(path: Buffer, before: BigIntStats, after: BigIntStats): void {
    if (before.mode !== after.mode && !before.isSymbolicLink())
      this.#differ(path, `mode ${after.mode.toString(8)}, was ${before.mode.toString(8)}`);
    if (before.uid !== after.uid || before.gid !== after.gid)
      this.#differ(path, `owner ${after.uid}:${after.gid}, was ${before.uid}:${before.gid}`);
    if (before.mtimeNs !== after.mtimeNs) this.#differ(path, `modified ${after.mtimeNs}, was ${before.mtimeNs}`);
  }

  #file(path: Buffer, before: BigIntStats, after: BigIntStats): void {
    this.#files += 1;
    this.#bytes += Number(before.size);
    if (before.size !== after.size) this.#differ(path, `${after.size} bytes, was ${before.size}`);
    else if (!this.#digest(0, path).equals(this.#digest(1, path))) this.#differ(path, "content differs");
    if (before.nlink !== after.nlink) this.#differ(path, `${after.nlink} names, was ${before.nlink}`);
    const first = [this.#firstName(0, path, before), this.#firstName(1, path, after)];
    if (first[0] !== first[1]) this.#differ(path, `is one file with ${first[1]}, was with ${first[0]}`);
  }

  #firstName(tree: 0 | 1, path: Buffer, { nlink, ino }: BigIntStats): string {
    const names = this.#firstNames[tree];
    if (nlink > 1n && !names.has(ino)) names.set(ino, shown(path));
    return names.get(ino) ?? "";
  }

  #other(path: Buffer, before: BigIntStats): void {
    this.#others += 1;
    if (!before.isSymbolicLink()) return;
    const [target, restored] = [this.#full(0, path), this.#full(1, path)].map((full) => readlinkSync(full, { encoding: "buffer" }));
    if (target !== undefined && restored !== undefined && !target.equals(restored)) {
      this.#differ(path, `leads to ${shown(restored)}, was ${shown(target)}`);
    }
  }

  #digest(tree: 0 | 1, path: Buffer): Buffer {
    const hash = createHash("sha256");
    const fd = openSync(this.#full(tree, path), "r");
    try {
      for (let read = readSync(fd, this.#buffer); read > 0; read = readSync(fd, this.#buffer)) hash.update(this.#buffer.subarray(0, read));
    } finally {
      closeSync(fd);
    }
    return hash.digest();
  }

  #stat(tree: 0 | 1, path: Buffer): BigIntStats {
    return lstatSync(this.#full(tree, path), { bigint: true });
  }

  #full(tree: 0 | 1, path: Buffer): Buffer {
    return Buffer.concat([this.#roots[tree], Buffer.from("/"), path]);
  }

  #differ(path: Buffer, what: string): void {
    this.#differences.push(`${path.length === 0 ? "the root" : shown(path)} ${what}`);
  }
}

function kindOf(stat: BigIntStats): string {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  return stat.isFIFO() ? "fifo" : "special file";
}

/** A name for a terminal: control characters and bytes that are no text are escaped. */
function shown(name: Buffer): string {
  return JSON.stringify(name.toString("utf8"));
}
