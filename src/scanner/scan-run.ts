import { compareDirectory, type NodeVerdict } from "../catalog/compare.ts";
import type { NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Source, SourceNode } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import type { KnownRows, WithRows } from "./known-rows.ts";
import { MoveMatcher } from "./move-matcher.ts";
import type { ScanRows } from "./scan-rows.ts";

export interface ScanRunOptions {
  readonly source: Source;
  /** Undefined: everything is new. */
  readonly known: KnownRows | undefined;
  /** Undefined: nothing is remembered. */
  readonly rows: ScanRows | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Told of each directory, or entry of one, that cannot be looked at. */
  readonly onError: (path: ByteString, error: AppError) => void;
}

/** What a scan counts. */
export interface ScanCounts {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly added: number;
  readonly modified: number;
  readonly moved: number;
  readonly deleted: number;
}

interface Visit extends WithRows {
  readonly path: ByteString;
  /** A scan asks for nothing that a listing does not show. */
  readonly entryChanged: false;
}

const ROOT = "" as ByteString;

/** One scan: walks the source depth first and compares each directory with the rows of the last scan. */
export class ScanRun {
  readonly #options: ScanRunOptions;
  readonly #stack: Visit[] = [];
  readonly #moves: MoveMatcher;
  /** Directories met, and directories that are no longer where they were. */
  readonly #seen = new Set<bigint>();
  readonly #lost = new Map<bigint, NodeRow>();
  #files = 0;
  #directories = 0;
  #bytes = 0;
  #modified = 0;

  constructor(options: ScanRunOptions) {
    this.#options = options;
    this.#moves = new MoveMatcher(options.known !== undefined);
  }

  /** Throws what listing the root throws; other directories that cannot be listed are told and keep their rows. */
  async run(): Promise<ScanCounts> {
    const { source, signal, known, rows } = this.#options;
    const root = await source.root();
    if (root.kind !== ENTRY_KIND.directory) return this.#single(root);
    this.#push(ROOT, root.nodeId);
    for (let visit = this.#stack.at(-1); visit !== undefined; visit = this.#stack.at(-1)) {
      signal.throwIfAborted();
      await known?.prefetch(this.#stack);
      source.remote?.expect(this.#stack, true);
      this.#stack.pop();
      await this.#visit(visit);
    }
    const gone = await this.#goneBelow();
    await rows?.remove(gone);
    return { ...this.#counts(), ...this.#moves.result() };
  }

  #counts(): Pick<ScanCounts, "files" | "directories" | "bytes" | "modified"> {
    return { files: this.#files, directories: this.#directories, bytes: this.#bytes, modified: this.#modified };
  }

  #single(node: SourceNode): ScanCounts {
    this.#count(node);
    return { ...this.#counts(), added: 1, moved: 0, deleted: 0 };
  }

  #push(path: ByteString, id: bigint): void {
    this.#stack.push({ path, id, entryChanged: false, rows: undefined });
    this.#seen.add(id);
  }

  async #visit(visit: Visit): Promise<void> {
    const { reporter, rows } = this.#options;
    reporter.counters.current = displayBytes(visit.path);
    const listing = await this.#list(visit);
    if (listing === undefined) return;
    const before = visit.rows ?? [];
    const { verdicts, rows: matches, vanished } = compareDirectory(listing, before);
    for (const row of vanished) this.#lose(row);
    for (const [at, node] of listing.entries()) {
      this.#count(node);
      this.#tally(node, must(verdicts[at], "every node has a verdict"), matches[at]);
    }
    const changed = vanished.length > 0 || visit.rows === undefined || verdicts.some((verdict) => verdict !== "unchanged");
    if (changed || before.length === 0) await rows?.replace(visit.id, listing);
    const directories = listing.filter(({ kind }) => kind === ENTRY_KIND.directory).sort((a, b) => (a.name < b.name ? 1 : -1));
    for (const { name, nodeId } of directories) this.#push(joinPath(visit.path, name), nodeId);
  }

  async #list({ path, id, rows }: Visit): Promise<readonly SourceNode[] | undefined> {
    const { source, signal, onError } = this.#options;
    const nodes: SourceNode[] = [];
    try {
      const options = { signal, nodeId: id, onError: (name: ByteString, error: AppError) => onError(joinPath(path, name), error) };
      for await (const batch of source.list(path, options)) for (const node of batch) nodes.push(node);
      return nodes;
    } catch (error) {
      signal.throwIfAborted();
      if (path === ROOT || !(error instanceof AppError) || !error.code.startsWith("E_SOURCE")) throw error;
      onError(path, error);
      // What lies below is as unknown as before: it neither vanished nor appeared.
      for (const row of rows ?? []) if (row.kind === ENTRY_KIND.directory) this.#seen.add(row.id);
      return undefined;
    }
  }

  #count(node: SourceNode): void {
    const { counters } = this.#options.reporter;
    if (node.kind === ENTRY_KIND.directory) {
      this.#directories += 1;
      counters.directories = this.#directories;
      return;
    }
    this.#files += 1;
    if (node.kind === ENTRY_KIND.file) this.#bytes += node.size;
    counters.files = this.#files;
    counters.filesDone = this.#files;
    counters.bytes = this.#bytes;
    counters.bytesDone = this.#bytes;
  }

  #tally(node: SourceNode, verdict: NodeVerdict, row: NodeRow | undefined): void {
    if (verdict === "unchanged") return;
    if (verdict === "renamed-here") {
      this.#moves.appear(node);
      this.#moves.vanish(must(row, "a renamed node has a row"));
      return;
    }
    const isSame = row !== undefined && row.id === node.nodeId && row.kind === node.kind;
    // A directory's own times change with whatever happens in it: that is counted there.
    if (isSame) this.#modified += node.kind === ENTRY_KIND.directory ? 0 : 1;
    else {
      this.#moves.appear(node);
      if (row !== undefined) this.#lose(row);
    }
  }

  #lose(row: NodeRow): void {
    this.#moves.vanish(row);
    if (row.kind === ENTRY_KIND.directory) this.#lost.set(row.id, row);
  }

  /** Counts what lay below directories that are gone for good; returns those directories. */
  async #goneBelow(): Promise<readonly bigint[]> {
    const { known, signal } = this.#options;
    const gone = [...this.#lost.keys()].filter((id) => !this.#seen.has(id));
    for (const id of gone) {
      for await (const rows of must(known, "only what is known can be gone").below(id, (below) => this.#seen.has(below))) {
        signal.throwIfAborted();
        for (const row of rows) this.#moves.vanish(row);
      }
    }
    return gone;
  }
}
