import { CHUNK_ID_BYTES, CHUNK_TYPE, ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { Repository, Snapshot } from "../repository/face.ts";
import { selectTrees } from "../repository/tree-select.ts";
import { walkNested } from "../repository/tree-walk.ts";
import { type ByteString, byteStringOf, displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { TAR_END, tarCanHold, tarHeader, tarPadding } from "./tar-header.ts";
import { fetchAttributes } from "./target-entry.ts";

/** Zeros handed out at once for a hole. */
const ZEROS: Uint8Array = new Uint8Array(1024 * 1024);

/** The content of one file. @throws AppError E_NOT_FOUND, E_USAGE when the path is no file, E_CORRUPT */
export async function* dumpFile(repository: Repository, snapshot: Snapshot, path: ByteString): AsyncGenerator<Uint8Array> {
  const [tree] = await selectTrees(repository, snapshot, { path });
  if (tree === undefined || tree.entry.kind !== ENTRY_KIND.file) {
    throw new AppError({
      code: "E_USAGE",
      what: `${displayBytes(path) || "the snapshot"} is not a file`,
      why: "only the content of a file can be printed",
      hint: "use `varve dump` for a directory",
    });
  }
  yield* contentOf(repository, tree.entry);
}

/** A tar archive (pax format) of everything at a path. Sockets are left out: tar has no place for them. */
export async function* dumpTar(repository: Repository, snapshot: Snapshot, path: ByteString): AsyncGenerator<Uint8Array> {
  const dump = new TarDump(repository);
  for (const tree of await selectTrees(repository, snapshot, { path })) {
    yield* dump.member(tree.at === "" ? HERE : tree.at, tree.entry);
    for await (const { directory, entry } of walkNested(repository, tree)) yield* dump.member(joinPath(directory, entry.name), entry);
  }
  yield TAR_END;
}

const HERE = byteStringOf(".");

class TarDump {
  readonly #repository: Repository;
  /** First path of each file with several names. */
  readonly #links = new Map<bigint, ByteString>();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  async *member(path: ByteString, entry: Entry): AsyncGenerator<Uint8Array> {
    if (!tarCanHold(entry.kind)) return;
    const first = this.#firstName(path, entry);
    const hasContent = entry.kind === ENTRY_KIND.file && first === undefined;
    const attributes = await fetchAttributes(this.#repository, entry);
    yield tarHeader({
      ...entry,
      path,
      attributes,
      size: hasContent ? entry.size : 0,
      link: first ?? entry.linkTarget,
      isHardLink: first !== undefined,
    });
    if (!hasContent) return;
    yield* contentOf(this.#repository, entry);
    yield tarPadding(entry.size);
  }

  #firstName(path: ByteString, entry: Entry): ByteString | undefined {
    if (entry.links <= 1 || entry.directory !== undefined) return undefined;
    const first = this.#links.get(entry.nodeId);
    if (first === undefined) this.#links.set(entry.nodeId, path);
    return first;
  }
}

/** A file's bytes in order, holes as zeros; exactly `size` of them, or an error. */
async function* contentOf(repository: Repository, entry: Entry): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const { bytes, position } of placedContent(repository, entry)) {
    yield* zeros(position - at);
    yield bytes;
    at = position + bytes.length;
  }
  if (at > entry.size)
    throw new AppError({
      code: "E_CORRUPT",
      what: "a file has more content than its size",
      why: "its chunks do not fit its entry",
      hint: "run `varve check`",
    });
  yield* zeros(entry.size - at);
}

async function* placedContent(
  repository: Repository,
  entry: Entry,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly position: number }> {
  let streamAt = 0;
  for await (const bytes of chunksOf(repository, entry)) {
    if (entry.extents === undefined) yield { bytes, position: streamAt };
    else {
      let extentAt = 0;
      for (const { offset, length } of entry.extents) {
        const from = Math.max(streamAt, extentAt);
        const to = Math.min(streamAt + bytes.length, extentAt + length);
        if (from < to) yield { bytes: bytes.subarray(from - streamAt, to - streamAt), position: offset + from - extentAt };
        extentAt += length;
      }
    }
    streamAt += bytes.length;
  }
}

async function* chunksOf(repository: Repository, { content }: Entry): AsyncGenerator<Uint8Array> {
  for (const [at, length] of content.lengths.entries()) {
    yield await repository.chunk(CHUNK_TYPE.data, { id: content.ids.subarray(at * CHUNK_ID_BYTES, (at + 1) * CHUNK_ID_BYTES), length });
  }
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.length) yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left);
}
