import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { churn } from "./churn.ts";
import { generateTree } from "./generate.ts";
import { planTree } from "./plan.ts";

const FILES = 800;
const root = mkdtempSync(join(tmpdir(), "varve-tree-"));
after(() => rmSync(root, { recursive: true }));

interface Entry {
  readonly modifiedMs: number;
  readonly content: string;
}

/** Every path below `dir` with its time and a hash of its content. */
function snapshot(dir: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const path of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const stat = lstatSync(join(dir, path));
    if (stat.isSymbolicLink()) entries.set(path, { modifiedMs: 0, content: readlinkSync(join(dir, path)) });
    if (stat.isDirectory()) entries.set(path, { modifiedMs: stat.mtimeMs, content: "directory" });
    if (stat.isFile())
      entries.set(path, {
        modifiedMs: stat.mtimeMs,
        content: createHash("sha256")
          .update(readFileSync(join(dir, path)))
          .digest("hex"),
      });
  }
  return entries;
}

function make(name: string, seed: number): string {
  const dir = join(root, name);
  generateTree({ dir, files: FILES, seed });
  return dir;
}

describe("generateTree", () => {
  const tree = make("tree", 1);

  it("generateTree() makes the same tree from the same seed and another from another", () => {
    assert.deepEqual(snapshot(make("again", 1)), snapshot(tree));
    const other = snapshot(make("other", 2));
    const common = [...snapshot(tree).values()].filter(
      ({ content }) => content !== "directory" && [...other.values()].some((entry) => entry.content === content),
    );
    assert.ok(common.length < FILES / 100, `${common.length} files in both`);
  });

  it("generateTree() reports what it made", () => {
    const dir = join(root, "counted");
    const { files, directories, links, bytes } = generateTree({ dir, files: 100, seed: 3 });
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    const regular = entries.filter((entry) => entry.isFile());
    assert.equal(regular.length, files);
    assert.equal(entries.filter((entry) => entry.isDirectory()).length, directories - 1);
    assert.equal(entries.filter((entry) => entry.isSymbolicLink()).length, links);
    assert.equal(
      regular.reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0),
      bytes,
    );
  });

  it("generateTree() has copies, a deep chain, a flat directory and times in the past", () => {
    const entries = [...snapshot(tree)].filter(([, { content }]) => content !== "directory");
    const distinct = new Set(entries.map(([, { content }]) => content)).size;
    assert.ok(distinct < entries.length * 0.9 && distinct > entries.length * 0.75, `${distinct} contents of ${entries.length}`);
    assert.ok(entries.some(([path]) => path.split("/").length > 40));
    assert.ok(readdirSync(join(tree, "flat")).length >= 100);
    for (const [path, { modifiedMs }] of entries) assert.ok(modifiedMs < Date.UTC(2025, 6), path);
  });

  it("generateTree() makes content that compresses to a third or half", () => {
    const files = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const all = Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
    const ratio = zstdCompressSync(all).length / all.length;
    assert.ok(ratio > 0.25 && ratio < 0.55, `${ratio}`);
  });

  it("churn() edits, renames, deletes and adds about the wanted share and leaves the rest alone", () => {
    const dir = make("churned", 1);
    const before = snapshot(dir);
    const { edited, renamed, deleted, added } = churn({ dir, fraction: 0.1, seed: 1 });
    assert.equal(edited + renamed + deleted + added, FILES / 10);
    for (const count of [edited, renamed, deleted, added]) assert.ok(count > 0);
    const now = snapshot(dir);
    const same = [...before].filter(([path, { content }]) => now.get(path)?.content === content).length;
    assert.equal(before.size - same, edited + renamed + deleted);
    assert.equal(now.size, before.size - deleted + added);
  });

  it("churn() gives every edited file another time, in each round again", () => {
    const dir = make("twice", 1);
    for (const seed of [1, 2]) {
      const before = snapshot(dir);
      churn({ dir, fraction: 0.1, seed });
      for (const [path, { content, modifiedMs }] of snapshot(dir)) {
        const old = before.get(path);
        if (old !== undefined && old.content !== content) assert.notEqual(modifiedMs, old.modifiedMs, path);
      }
    }
  });

  it("churn() changes two equal trees in the same way", () => {
    const [one, two] = [make("one", 4), make("two", 4)];
    for (const dir of [one, two]) churn({ dir, fraction: 0.05, seed: 9 });
    const files = (dir: string): unknown[] => [...snapshot(dir)].filter(([, { content }]) => content !== "directory");
    assert.deepEqual(files(one), files(two));
  });
});

describe("planTree", () => {
  it("planTree() of 80,000 files has 1.5 to 1.9 GB and half of its files below 5 KB", () => {
    const sizes = planTree({ files: 80_000, seed: 1 }).files.map(({ content }) => content.bytes);
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    assert.ok(total > 1.5e9 && total < 1.9e9, `${total}`);
    const middle = sizes.toSorted((a, b) => a - b)[40_000] ?? 0;
    assert.ok(middle > 4000 && middle < 5000, `${middle}`);
  });

  it("planTree() has as many directories as it is told to", () => {
    const { directories, files } = planTree({ files: 500, seed: 1, directories: 80 });
    assert.equal(new Set(directories).size, 80);
    for (const { directory } of files) assert.ok(directories.includes(directory), directory);
  });

  it("planTree() gives no two entries the same path", () => {
    const { files, links, directories } = planTree({ files: 3000, seed: 5 });
    const paths = [...files.map(({ directory, name }) => `${directory}/${name}`), ...links.map(({ path }) => `/${path}`), ...directories];
    assert.equal(new Set(paths).size, paths.length);
  });
});
