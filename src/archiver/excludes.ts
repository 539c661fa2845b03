import { ENTRY_KIND } from "../format/entry.ts";
import { type ByteString, fromByteString, joinPath } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import { PathFilter } from "../source/path-filter.ts";
import type { SourceNode } from "../source/source.ts";
import type { ExcludeRules } from "./face.ts";

/** The file that marks a cache directory, and how its content begins (bford.info/cachedir). */
export const CACHE_TAG_NAME = "CACHEDIR.TAG" as ByteString;
export const CACHE_TAG_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Decides per node whether it is saved. */
export class ExcludeFilter {
  readonly #rules: ExcludeRules;
  readonly #paths: PathFilter;
  readonly #rootFileSystem: bigint;
  readonly #repository: ByteString | undefined;

  /** `repository` is the path, below the source's root, of the very repository that is written to. */
  constructor(rules: ExcludeRules, rootFileSystem: bigint, repository?: ByteString) {
    this.#rules = rules;
    this.#paths = new PathFilter({ excludes: rules.patterns, includes: rules.includes });
    this.#rootFileSystem = rootFileSystem;
    this.#repository = repository;
  }

  /** False when no rule can ever leave anything out: the walk then asks nothing. */
  get active(): boolean {
    const { oneFileSystem, largerThanBytes } = this.#rules;
    return this.#paths.active || oneFileSystem || largerThanBytes !== undefined || this.#repository !== undefined;
  }

  /** True when the walk will list every directory there is. */
  get entersAll(): boolean {
    const { caches, ifPresent } = this.#rules;
    return !this.active && !caches && ifPresent.length === 0;
  }

  /** True when the node of `directory` is to be left out, and everything below it. */
  leavesOut(directory: ByteString, node: SourceNode): boolean {
    const { oneFileSystem, largerThanBytes } = this.#rules;
    if (oneFileSystem && node.fileSystem !== this.#rootFileSystem) return true;
    if (largerThanBytes !== undefined && node.kind === ENTRY_KIND.file && node.size > largerThanBytes) return true;
    const path = joinPath(directory, node.name);
    return path === this.#repository || this.#paths.leavesOut(path, node.kind === ENTRY_KIND.directory);
  }

  /** True when the listing of a directory says that its content is to be left out, all but the tag `keep`. */
  async leavesOutContent(
    listing: readonly SourceNode[],
    isCacheTag: () => MaybePromise<boolean>,
  ): Promise<{ readonly keep: ByteString } | undefined> {
    const hasTag = this.#rules.caches && listing.some(({ name, kind }) => name === CACHE_TAG_NAME && kind === ENTRY_KIND.file);
    if (hasTag && (await isCacheTag())) return { keep: CACHE_TAG_NAME };
    for (const wanted of this.#rules.ifPresent) {
      const found = listing.find(({ name }) => fromByteString(name).toString("utf8") === wanted);
      if (found !== undefined) return { keep: found.name };
    }
    return undefined;
  }
}
