import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { factsOf } from "../../test/support/failing-nodes.ts";
import { memoryRepository } from "../../test/support/memory-repository.ts";
import { readBack } from "../../test/support/thin-backup.ts";
import { fillSource } from "../catalog/fill-source.ts";
import { MemoryCatalog } from "../catalog/memory/memory-catalog.ts";
import { MemoryData } from "../catalog/memory/memory-data.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { byteStringOf, type ByteString, joinPath } from "../shared/bytes.ts";
import { ManualClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { type MemoryNode, MemoryTree } from "../source/memory/memory-tree.ts";
import { silentReporter } from "../telemetry/events.ts";
import { runBackup } from "./backup.ts";
import { type BackupSummary, NO_EXCLUDES } from "./face.ts";

/** One change of a tree; `reuse` gives what is made the id of what was removed last, as file systems do. */
type Change =
  | { readonly kind: "file" | "directory" | "symlink"; readonly at: string; readonly text: string; readonly reuse: boolean }
  | { readonly kind: "edit"; readonly at: string; readonly text: string }
  | { readonly kind: "mode" | "remove"; readonly at: string }
  | { readonly kind: "rename" | "link"; readonly at: string; readonly to: string };

const name = fc.constantFrom("a", "b", "c");
const at = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const text = fc.constantFrom("", "one", "two");

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom("file", "file", "directory", "symlink"), at, text, reuse: fc.boolean() }),
  fc.record({ kind: fc.constant("edit"), at, text }),
  fc.record({ kind: fc.constantFrom("mode", "remove"), at }),
  fc.record({ kind: fc.constantFrom("rename", "rename", "link"), at, to: at }),
);

class ChangedTree {
  readonly tree = new MemoryTree();
  #removedId: bigint | undefined;

  /** Does the change where it is possible. */
  apply(one: Change): void {
    const path = byteStringOf(one.at);
    const there = this.#find(path);
    if (one.kind === "file" || one.kind === "directory" || one.kind === "symlink") {
      if (this.#canHold(path)) this.#make(path, one);
    } else if (there === undefined) return;
    else if (one.kind === "edit") {
      if (there.item.kind === ENTRY_KIND.file) this.tree.update(path, { content: Buffer.from(one.text) });
    } else if (one.kind === "mode") this.tree.update(path, { mode: (there.item.mode ?? 0o600) ^ 0o011 });
    else if (one.kind === "remove") this.#remove(path, there);
    else if ("to" in one) this.#place(one.kind, { path, there, to: byteStringOf(one.to) });
  }

  #place(kind: "rename" | "link", { path, there, to }: { path: ByteString; there: MemoryNode; to: ByteString }): void {
    if (`${to}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${to}/`) || !this.#canHold(to)) return;
    if (kind === "rename") this.tree.rename(path, to);
    else if (there.children === undefined && this.#find(to) === undefined) this.tree.link(path, to);
  }

  #make(path: ByteString, { kind, text: content, reuse }: Extract<Change, { reuse: boolean }>): void {
    const item =
      kind === "symlink" ? { linkTarget: byteStringOf(`to ${content}`) } : kind === "file" ? { content: Buffer.from(content) } : {};
    const node = this.tree.put(path, { kind: ENTRY_KIND[kind], ...item });
    const parent = this.#find(path.split("/").slice(0, -1).join("/") as ByteString);
    if (!reuse || this.#removedId === undefined) return;
    // Born later than what had the id before, as on a file system that tells.
    const again = { ...node, nodeId: this.#removedId, item: { ...node.item, bornNs: node.changedNs } };
    parent?.children?.set((path.split("/").at(-1) ?? "") as ByteString, again);
    this.#removedId = undefined;
  }

  #remove(path: ByteString, node: MemoryNode): void {
    this.tree.remove(path);
    if (node.links === 0) this.#removedId = node.nodeId;
  }

  /** All that a path goes through is a directory or can be made one. */
  #canHold(path: ByteString): boolean {
    const names = path.split("/").slice(0, -1);
    const above = names.map((_, index) => this.#find(names.slice(0, index + 1).join("/") as ByteString));
    return above.every((node) => node === undefined || node.children !== undefined);
  }

  #find(path: ByteString): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.tree.root;
    if (path !== "") for (const part of path.split("/") as ByteString[]) node = node?.children?.get(part);
    return node;
  }

  /** As `readBack` tells it of a snapshot. */
  content(node: MemoryNode = this.tree.root, below = "" as ByteString): Map<string, string> {
    const found = new Map<string, string>();
    for (const [child, one] of node.children ?? []) {
      const path = joinPath(below, child);
      if (one.children === undefined) found.set(path, Buffer.from(one.item.content ?? []).toString());
      else for (const [inner, value] of [[`${path}/`, ""] as const, ...this.content(one, path)]) found.set(inner, value);
    }
    return found;
  }
}

class History {
  readonly #repository: OpenRepository;
  readonly #clock = new ManualClock(1_800_000_000_000_000_000n);
  readonly #catalog = new MemoryData();
  readonly changed = new ChangedTree();

  constructor(repository: OpenRepository) {
    this.#repository = repository;
  }

  async backup(): Promise<BackupSummary> {
    this.#clock.advance(1000);
    const memory = new MemorySource("history", this.changed.tree);
    const plain = {
      exclude: NO_EXCLUDES,
      tags: [],
      host: "host",
      user: "user",
      dryRun: false,
      rereadAll: false,
      threads: 0,
      compressionLevel: 0,
    };
    const reporter = silentReporter();
    const summary = await runBackup({
      repository: this.#repository,
      catalogPath: undefined,
      openNodes: async () => new MemoryCatalog(this.#catalog),
      openSource: async () => ({ source: memory, reader: { kind: "memory", name: "history" } }),
      request: { ...plain, sources: [memory.description.path] },
      reporter,
      clock: this.#clock,
      random: systemRandom,
      signal: new AbortController().signal,
    });
    assert.deepEqual(reporter.issues, []);
    return summary;
  }

  /** The newest snapshot holds the tree, and the catalog the rows that the snapshot gives. */
  async verify(): Promise<void> {
    const latest = await this.#repository.findSnapshot("latest");
    const saved = [...(await readBack(this.#repository, latest))].map(([path, content]) => [path, Buffer.from(content).toString()]);
    assert.deepEqual(Object.fromEntries(saved), Object.fromEntries(this.changed.content()));
    const [source] = latest.manifest.sources;
    assert.ok(source !== undefined);
    const rebuilt = new MemoryCatalog();
    const from = { nodes: rebuilt, pages: this.#repository, snapshot: latest.id, startedNs: latest.manifest.startedNs, root: source.root };
    await fillSource({ ...from, record: await rebuilt.source(source.key) });
    assert.deepEqual(await factsOf(new MemoryCatalog(this.#catalog)), await factsOf(rebuilt));
  }
}

test("runBackup() after any changes saves the tree as it is, leaves the rows of a rebuild, and has nothing to do when run again", async () => {
  const rounds = fc.array(fc.array(change, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rounds, async (history) => {
      const { repository } = await memoryRepository();
      const run = new History(repository);
      for (const changes of history) {
        for (const one of changes) run.changed.apply(one);
        await run.backup();
        await run.verify();
        const { readBytes, storedBytes, filesRemoved, filesMoved } = await run.backup();
        assert.deepEqual(
          { readBytes, storedBytes, filesRemoved, filesMoved },
          { readBytes: 0, storedBytes: 0, filesRemoved: 0, filesMoved: 0 },
        );
      }
    }),
    { numRuns: 40 },
  );
});
