import type { Entry } from "../format/entry.ts";
import type { Repository, Snapshot } from "../repository/face.ts";
import { type SelectedTree, selectTrees } from "../repository/tree-select.ts";
import { type ByteString, displayBytes, equalBytes, joinPath } from "../shared/bytes.ts";
import { walkTree } from "../repository/tree-walk.ts";
import { sameShareFacts } from "./same-share-facts.ts";

/** `+` added, `-` removed, `M` content changed, `U` only metadata changed, `T` now of another type. */
export type ChangeKind = "+" | "-" | "M" | "U" | "T";

export interface Difference {
  readonly change: ChangeKind;
  readonly path: string;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
}

/** One side of a comparison. */
export interface DiffSide {
  readonly snapshot: Snapshot;
  readonly path: ByteString;
}

/**
 * What changed between two snapshots or parts of them. Directories with the same page are never read: the cost is that of what
 * differs, not of what there is.
 */
export async function* diffSnapshots(
  repository: Repository,
  sides: { readonly from: DiffSide; readonly to: DiffSide },
): AsyncGenerator<Difference> {
  const before = await selectTrees(repository, sides.from.snapshot, sides.from);
  const after = await selectTrees(repository, sides.to.snapshot, sides.to);
  const paths = [...new Set([...before, ...after].map(({ at }) => at))].sort();
  for (const at of paths) {
    const [a, b] = [before.find((tree) => tree.at === at), after.find((tree) => tree.at === at)];
    yield* diffEntries(repository, { path: at, before: a?.entry, after: b?.entry });
  }
}

interface Pair {
  readonly path: ByteString;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

async function* diffEntries(repository: Repository, root: Pair): AsyncGenerator<Difference> {
  const stack: Pair[] = [root];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const { path, before, after } = pair;
    if (before === undefined || after === undefined || before.kind !== after.kind) {
      yield* oneSided(repository, pair);
      continue;
    }
    const change = compareEntries(before, after);
    if (change !== undefined && path !== "") yield { change, path: displayBytes(path), sizeBefore: before.size, sizeAfter: after.size };
    if (before.directory === undefined || after.directory === undefined) continue;
    if (equalBytes(before.directory.page.id, after.directory.page.id)) continue;
    for (const child of (await children(repository, pair)).reverse()) stack.push(child);
  }
}

/** Only there before, only there after, or of another type: everything below goes with it. */
async function* oneSided(repository: Repository, { path, before, after }: Pair): AsyncGenerator<Difference> {
  if (before !== undefined && after !== undefined) {
    yield { change: "T", path: displayBytes(path), sizeBefore: before.size, sizeAfter: after.size };
  }
  if (before !== undefined) yield* whole(repository, { at: path, entry: before }, { change: "-", self: after === undefined });
  if (after !== undefined) yield* whole(repository, { at: path, entry: after }, { change: "+", self: before === undefined });
}

async function* whole(
  repository: Repository,
  tree: SelectedTree,
  options: { change: "+" | "-"; self: boolean },
): AsyncGenerator<Difference> {
  const { change } = options;
  const difference = (path: ByteString, { size }: Entry): Difference => ({
    change,
    path: displayBytes(path),
    sizeBefore: change === "-" ? size : 0,
    sizeAfter: change === "+" ? size : 0,
  });
  if (options.self && tree.at !== "") yield difference(tree.at, tree.entry);
  for await (const { directory, entry } of walkTree(repository, tree)) yield difference(joinPath(directory, entry.name), entry);
}

/** Children of both directories, paired by name, in name order. */
async function children(repository: Repository, { path, before, after }: Pair): Promise<Pair[]> {
  const pairs = new Map<ByteString, { before: Entry | undefined; after: Entry | undefined }>();
  for await (const entry of entriesOf(repository, before)) pairs.set(entry.name, { before: entry, after: undefined });
  for await (const entry of entriesOf(repository, after)) pairs.set(entry.name, { before: pairs.get(entry.name)?.before, after: entry });
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, pair]) => ({ path: joinPath(path, name), ...pair }));
}

async function* entriesOf(repository: Repository, entry: Entry | undefined): AsyncGenerator<Entry> {
  if (entry?.directory === undefined) return;
  for await (const batch of repository.entries(entry.directory)) yield* batch;
}

/** Undefined when nothing that a restore brings back differs. */
function compareEntries(a: Entry, b: Entry): "M" | "U" | undefined {
  const sameContent =
    a.size === b.size &&
    a.linkTarget === b.linkTarget &&
    a.device === b.device &&
    equalBytes(a.content.ids, b.content.ids) &&
    a.xorHash === b.xorHash;
  if (!sameContent && a.directory === undefined) return "M";
  return sameMetadata(a, b) ? undefined : "U";
}

function sameMetadata(a: Entry, b: Entry): boolean {
  const samePosix = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.modifiedNs === b.modifiedNs;
  return samePosix && sameAttributes(a.attributes, b.attributes) && sameShareFacts(a.azure, b.azure);
}

function sameAttributes(a: Entry["attributes"], b: Entry["attributes"]): boolean {
  if (a.length !== b.length) return false;
  const values = new Map(b.map(({ name, value }) => [name, value instanceof Uint8Array ? value : value.id]));
  return a.every(({ name, value }) => {
    const other = values.get(name);
    return other !== undefined && equalBytes(value instanceof Uint8Array ? value : value.id, other);
  });
}
