import { ENTRY_KIND, type Entry, type Manifest } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { byteStringOf, type ByteString, displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Snapshot, TreeReader } from "./face.ts";

/** A part of a snapshot: an entry, and where it belongs below whatever it is shown or restored under. Empty: it is that itself. */
export interface SelectedTree {
  readonly at: ByteString;
  readonly entry: Entry;
}

const ROOT_LABEL = byteStringOf("root");

/** A folder name for each source of a snapshot: the last part of its path, made unique. */
export function sourceLabels(manifest: Manifest): readonly ByteString[] {
  const used = new Set<ByteString>();
  return manifest.sources.map(({ path }) => {
    const base = components(path).at(-1) ?? ROOT_LABEL;
    let label = base;
    for (let number = 2; used.has(label); number += 1) label = `${base}-${number}` as ByteString;
    used.add(label);
    return label;
  });
}

/**
 * The trees that `path` selects. Empty: everything, a single source as itself, several in a folder each; with `fullPaths` each
 * below its absolute path. A path is looked for below the single source, below the folder of one of several, and as the
 * absolute path it had. E_NOT_FOUND when there is nothing.
 */
export async function selectTrees(
  reader: TreeReader,
  snapshot: Snapshot,
  options: { readonly path: ByteString; readonly fullPaths?: boolean },
): Promise<readonly SelectedTree[]> {
  const { manifest } = snapshot;
  const wanted = components(options.path);
  if (wanted.length === 0) return manifest.sources.map((source, at) => whole(manifest, at, options.fullPaths === true));
  for (const { prefix, entry } of startingPoints(manifest)) {
    if (!prefix.every((name, at) => wanted[at] === name)) continue;
    const found = await descend(reader, entry, wanted.slice(prefix.length));
    if (found !== undefined)
      return [{ at: found.kind === ENTRY_KIND.directory ? EMPTY : must(wanted.at(-1), "a path has parts"), entry: found }];
  }
  throw new AppError({
    code: "E_NOT_FOUND",
    what: `there is no ${displayBytes(options.path)} in snapshot ${snapshot.id.slice(0, 8)}`,
    why: `it holds ${manifest.sources.map(({ path }) => displayBytes(path)).join(", ")}`,
    hint: `see \`varve ls ${snapshot.id.slice(0, 8)}\``,
  });
}

const EMPTY = "" as ByteString;

function whole(manifest: Manifest, at: number, fullPaths: boolean): SelectedTree {
  const source = must(manifest.sources[at], "the source is in the manifest");
  const entry = source.root;
  if (fullPaths) return { at: components(source.path).join("/") as ByteString, entry };
  if (manifest.sources.length > 1) return { at: must(sourceLabels(manifest)[at], "every source has a label"), entry };
  return { at: entry.kind === ENTRY_KIND.directory ? EMPTY : must(sourceLabels(manifest)[0], "every source has a label"), entry };
}

/** Where a path may begin, the likeliest first. */
function* startingPoints(manifest: Manifest): Generator<{ readonly prefix: readonly ByteString[]; readonly entry: Entry }> {
  const single = manifest.sources.length === 1 ? manifest.sources[0] : undefined;
  if (single !== undefined && single.root.kind === ENTRY_KIND.directory) yield { prefix: [], entry: single.root };
  for (const [at, label] of sourceLabels(manifest).entries())
    yield { prefix: [label], entry: must(manifest.sources[at], "a label has a source").root };
  for (const { path, root } of manifest.sources) yield { prefix: components(path), entry: root };
}

async function descend(reader: TreeReader, from: Entry, path: readonly ByteString[]): Promise<Entry | undefined> {
  let entry = from;
  for (const name of path) {
    const next = await child(reader, entry, name);
    if (next === undefined) return undefined;
    entry = next;
  }
  return entry;
}

async function child(reader: TreeReader, entry: Entry, name: ByteString): Promise<Entry | undefined> {
  if (entry.directory === undefined) return undefined;
  for await (const batch of reader.entries(entry.directory)) {
    const found = batch.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The parts of a path, without empty ones and `.`. */
function components(path: ByteString): readonly ByteString[] {
  return path.split("/").filter((part) => part !== "" && part !== ".") as ByteString[];
}
