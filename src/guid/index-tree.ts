import { access, stat } from "node:fs/promises";
import { byteStringOf, displayBytes, fromByteString, joinPath, type ByteString } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { openSource } from "../source/open.ts";
import type { GuidIndexRequest, GuidIndexSummary, GuidWorld } from "./face.ts";
import { GuidMaker, joinGuids, serverGuidOf } from "./guid.ts";
import { reportItem } from "./issues.ts";
import { KeptGuids } from "./kept-guids.ts";
import { MappingFile } from "./mapping-file.ts";
import { MappingWriter } from "./mapping-writer.ts";
import { walkTree } from "./walk.ts";

/** Told of each line of the mapping as it is written; awaited, so that a slow reader slows the walk. */
export type MappingListener = (guid: string, path: string) => Promise<void>;

/**
 * Gives every file below a folder a GUID and writes them down as a mapping, which replaces the old one when it is whole. Throws
 * E_SOURCE_MISSING for a source that is not there or has no files: replacing a mapping by an empty one would orphan all blobs.
 */
export async function runGuidIndex(request: GuidIndexRequest, world: GuidWorld, listener: MappingListener): Promise<GuidIndexSummary> {
  const startMs = world.clock.monotonicMs();
  await refuseFile(request.source);
  const writer = await MappingWriter.create(request.mapping, world.random);
  try {
    const run = await IndexRun.begin(request, { world, writer, listener });
    await run.go();
    if (run.totals.files === 0) throw noFiles(request.source, run.totals.issues);
    await writer.commit();
    const { mapping } = request;
    return { mapping, serverGuid: run.server, ...run.totals, durationMs: world.clock.monotonicMs() - startMs };
  } finally {
    await writer.abandon();
  }
}

type Counted = Omit<GuidIndexSummary, "mapping" | "serverGuid" | "durationMs">;

interface IndexTools {
  readonly world: GuidWorld;
  readonly writer: MappingWriter;
  readonly listener: MappingListener;
}

class IndexRun {
  readonly totals: { -readonly [K in keyof Counted]: Counted[K] } = { files: 0, kept: 0, bytes: 0, directories: 0, others: 0, issues: 0 };
  readonly server: string;
  readonly #request: GuidIndexRequest;
  readonly #tools: IndexTools;
  readonly #guids: GuidMaker;

  private constructor(request: GuidIndexRequest, tools: IndexTools, guids: { readonly maker: GuidMaker; readonly server: string }) {
    this.#request = request;
    this.#tools = tools;
    this.#guids = guids.maker;
    this.server = guids.server;
  }

  static async begin(request: GuidIndexRequest, tools: IndexTools): Promise<IndexRun> {
    const maker = new GuidMaker(tools.world.random);
    const old = request.keep ? await serverGuidIn(request.mapping) : undefined;
    return new IndexRun(request, tools, { maker, server: old ?? maker.next() });
  }

  async go(): Promise<void> {
    const { world } = this.#tools;
    const { mapping, keep } = this.#request;
    if (!keep || !(await isThere(mapping))) return await this.#walk((path) => this.#write(path, undefined));
    await using kept = new KeptGuids(world);
    await this.#walk((path) => kept.add(path));
    for await (const { path, guid } of kept.join(mapping)) await this.#write(path, guid);
  }

  async #walk(add: (path: string) => Promise<void>): Promise<void> {
    const { signal, reporter } = this.#tools.world;
    const { counters } = reporter;
    const root = byteStringOf(this.#request.source);
    const source = await openSource(root);
    try {
      for await (const event of walkTree(source, signal, isItemError)) {
        const path = joinPath(root === "/" ? ("" as ByteString) : root, event.path);
        if (event.kind === "failed") this.#issue(path, event.error);
        else if (event.kind === "directory") counters.directories = this.totals.directories += 1;
        else if (event.kind === "other") this.totals.others += 1;
        else if (!this.#isOwn(path)) await this.#file(path, event.size, add);
      }
    } finally {
      await source.close();
    }
    counters.totalsKnown = true;
  }

  async #file(path: ByteString, size: number, add: (path: string) => Promise<void>): Promise<void> {
    const { counters } = this.#tools.world.reporter;
    const text = fromByteString(path).toString("utf8");
    // A text that does not lead back to the same bytes would name another file, or none.
    if (byteStringOf(text) !== path) return this.#issue(path, notUtf8(path));
    await add(text);
    this.totals.files += 1;
    this.totals.bytes += size;
    counters.files += 1;
    counters.filesDone += 1;
    counters.bytes += size;
    counters.bytesDone += size;
    counters.current = text;
  }

  async #write(path: string, kept: string | undefined): Promise<void> {
    const guid = kept ?? joinGuids(this.server, this.#guids.next());
    if (kept !== undefined) this.totals.kept += 1;
    await this.#tools.writer.add(guid, path);
    await this.#tools.listener(guid, path);
  }

  /** The mapping itself, old or in the making, is no file of the server. */
  #isOwn(path: ByteString): boolean {
    return path === byteStringOf(this.#request.mapping) || path === byteStringOf(this.#tools.writer.temp);
  }

  #issue(path: ByteString, error: AppError): void {
    this.totals.issues += 1;
    reportItem(this.#tools.world.reporter, displayBytes(path), error);
  }
}

/** What is not there is told by the walk. */
async function refuseFile(source: string): Promise<void> {
  const facts = await stat(source).catch(() => undefined);
  if (facts === undefined || facts.isDirectory()) return;
  throw new AppError({
    code: "E_SOURCE_MISSING",
    what: `cannot index ${source}`,
    why: "it is not a folder",
    hint: "name the folder whose files are to be saved",
  });
}

function isItemError(error: unknown): error is AppError {
  return isAppError(error, "E_SOURCE_READ", "E_SOURCE_CHANGED");
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The server's GUID of an older mapping, so that new files join it; undefined when it was made by something else, or is not there. */
async function serverGuidIn(path: string): Promise<string | undefined> {
  if (!(await isThere(path))) return undefined;
  const mapping = await MappingFile.open(path);
  try {
    for await (const [first] of mapping.batches()) return first === undefined ? undefined : serverGuidOf(first.guid);
    return undefined;
  } finally {
    await mapping.close();
  }
}

function notUtf8(path: ByteString): AppError {
  return new AppError({
    code: "E_SOURCE_READ",
    what: `${displayBytes(path)} cannot be in the mapping`,
    why: "its name is not UTF-8, and JSON holds text only",
    hint: "rename it; varve backup saves it as it is",
  });
}

function noFiles(source: string, issues: number): AppError {
  return new AppError({
    code: "E_SOURCE_MISSING",
    what: `there are no files in ${source}`,
    why: issues === 0 ? "it is empty" : "none of them could be indexed",
    hint: "is everything mounted that should be? The mapping was not changed",
    data: { path: source },
  });
}
