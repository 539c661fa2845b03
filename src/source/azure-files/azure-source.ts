import { ENTRY_KIND, type Entry, type EntryKind } from "../../format/entry.ts";
import { byteStringOf, type ByteString, displayBytes, joinPath } from "../../shared/bytes.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import type {
  ChangeQuestion,
  ListOptions,
  NodeDetails,
  RemoteSide,
  Source,
  SourceDescription,
  SourceNode,
  UpcomingDirectory,
} from "../source.ts";
import { nodeOfFacts, nodeOfListed } from "./azure-node.ts";
import { ListAhead } from "./list-ahead.ts";
import type { ListPage } from "./list-page.ts";
import { azureFactsOf, type NodeFacts } from "./node-facts.ts";
import type { PaceBounds } from "./request-pacer.ts";
import { ShareClient } from "./share-client.ts";
import { lastName, sharePath } from "./share-paths.ts";
import { ShareSnapshots } from "./share-snapshots.ts";
import { describeShare, type ShareSpec } from "./share-spec.ts";

export interface AzureSourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly note: (text: string) => void;
  /** Make a share snapshot and read that. Its mark says whose it is: one source of one repository. Undefined: read the share as it is. */
  readonly snapshotOwner: string | undefined;
  readonly pace?: Partial<PaceBounds>;
}

/** Details of directories asked for before the walk needs them. */
const DETAILS_AHEAD_MAX = 64;

/** From this size on it is worth asking which parts of a changed file changed: two requests more, against reading it all. */
const PARTLY_BYTES_MIN = 8 * 1024 * 1024;

/** A tree of an Azure Files share, read at a share snapshot unless told otherwise. Listing errors of any page fail the listing. */
export class AzureSource implements Source {
  readonly description: SourceDescription;
  readonly remote: RemoteSide;
  readonly #client: ShareClient;
  readonly #spec: ShareSpec;
  readonly #root: NodeFacts;
  /** Listings of an NFS share tell neither kinds nor modes: each entry is asked for. */
  readonly #isNfs: boolean;
  readonly #snapshots: ShareSnapshots | undefined;
  readonly #ahead: ListAhead;
  readonly #detailsAhead = new Map<ByteString, Promise<NodeDetails>>();
  #base = "";
  #settled = false;

  private constructor(
    spec: ShareSpec,
    parts: {
      readonly client: ShareClient;
      readonly root: NodeFacts;
      readonly isNfs: boolean;
      readonly snapshots: ShareSnapshots | undefined;
    },
  ) {
    this.#spec = spec;
    this.#client = parts.client;
    this.#root = parts.root;
    this.#isNfs = parts.isNfs;
    this.#snapshots = parts.snapshots;
    this.description = { kind: "azure-files", path: byteStringOf(describeShare(spec)) };
    this.#ahead = new ListAhead((directory) => this.#client.listPage(sharePath(spec.path, directory)));
    this.remote = {
      shareSnapshot: spec.snapshot,
      useBase: (base) => this.#useBase(base),
      expect: (upcoming, everything) => this.#expect(upcoming, everything),
      permission: async (key) => Buffer.from(await this.#client.permission(key), "utf8"),
      changesOf: (node, old) => this.#changesOf(node, old),
      settle: (committed) => this.#settle(committed),
    };
  }

  /**
   * Looks at the root, and makes a share snapshot when it is to be read at one. Throws E_SOURCE_MISSING, E_SHARE_DENIED, E_SHARE,
   * E_SHARE_UNAVAILABLE.
   */
  static async open(spec: ShareSpec, deps: AzureSourceDeps): Promise<AzureSource> {
    const { clock, random, note, signal, pace, snapshotOwner: owner } = deps;
    const connecting = { clock, random, isFirst: true, onWait: note, ...(signal && { signal }), ...(pace && { pace }) };
    const client = await ShareClient.open(spec, connecting);
    const root = await rootFacts(client, spec);
    const isNfs = await client.isNfs();
    if (owner === undefined || spec.snapshot !== "") return new AzureSource(spec, { client, root, isNfs, snapshots: undefined });
    const snapshots = new ShareSnapshots(client.connection, { clock, random, owner, note });
    const snapshot = await snapshots.create(signal);
    try {
      const frozen = client.at(snapshot);
      return new AzureSource({ ...spec, snapshot }, { client: frozen, root: await rootFacts(frozen, spec), isNfs, snapshots });
    } catch (error) {
      await snapshots.remove(snapshot);
      throw error;
    }
  }

  /** What readers of this source open: the same tree at the same share snapshot. */
  get readSpec(): ShareSpec {
    return this.#spec;
  }

  root(): SourceNode {
    return nodeOfFacts(lastName(this.#spec.path), this.#root, 0n);
  }

  async *list(directory: ByteString, options: ListOptions = {}): AsyncGenerator<readonly SourceNode[]> {
    const path = sharePath(this.#spec.path, directory);
    let page: ListPage = await this.#ahead.take(directory);
    // The root of a share has an id of its own kind in listings.
    if (options.nodeId !== undefined && directory !== "" && page.directoryId !== options.nodeId) throw replaced(directory);
    for (;;) {
      options.signal?.throwIfAborted();
      yield this.#isNfs ? await this.#posixNodes(path, page) : page.entries.map(nodeOfListed);
      if (page.nextMarker === undefined) return;
      page = await this.#client.listPage(path, page.nextMarker);
    }
  }

  async details(directory: ByteString, name: ByteString, kind: EntryKind): Promise<NodeDetails> {
    const path = name === "" ? directory : joinPath(directory, name);
    const begun = this.#detailsAhead.get(path);
    this.#detailsAhead.delete(path);
    return await (begun ?? this.#details(path, kind));
  }

  ownerNames(): { readonly user: string; readonly group: string } {
    return { user: "", group: "" };
  }

  async close(): Promise<void> {
    try {
      if (!this.#settled) await this.#settle(false);
    } finally {
      this.#client.close();
    }
  }

  async #posixNodes(directory: string, { entries }: ListPage): Promise<readonly SourceNode[]> {
    return await Promise.all(
      entries.map(async ({ name, kind, lastAccessTicks }) => {
        const path = directory === "" ? name : `${directory}/${name}`;
        const facts = kind === ENTRY_KIND.directory ? await this.#client.directoryFacts(path) : await this.#client.fileFacts(path);
        return nodeOfFacts(byteStringOf(name), facts, lastAccessTicks);
      }),
    );
  }

  async #details(path: ByteString, kind: EntryKind): Promise<NodeDetails> {
    const at = sharePath(this.#spec.path, path);
    const facts = kind === ENTRY_KIND.directory ? await this.#client.directoryFacts(at) : await this.#client.fileFacts(at);
    const linkTarget = kind === ENTRY_KIND.symlink ? byteStringOf(await this.#client.linkTarget(at)) : ("" as ByteString);
    return { attributes: [], linkTarget, azure: azureFactsOf(facts, 0n) };
  }

  #expect(upcoming: readonly UpcomingDirectory[], everything: boolean): void {
    this.#ahead.expect(upcoming, everything);
    for (let at = upcoming.length - 1; at >= 0 && this.#detailsAhead.size < DETAILS_AHEAD_MAX; at -= 1) {
      const one = upcoming[at];
      if (one === undefined || !one.entryChanged || this.#detailsAhead.has(one.path)) continue;
      const details = this.#details(one.path, ENTRY_KIND.directory);
      details.catch(() => undefined);
      this.#detailsAhead.set(one.path, details);
    }
  }

  /** What is neither the base nor ours of this run was left by a run that was killed. */
  async #useBase(base: string): Promise<void> {
    this.#base = base;
    await this.#snapshots?.removeOthers([base, this.#spec.snapshot]);
  }

  /**
   * Only the share's own list of changed ranges proves that content is as it was: size and times can be kept by whoever writes. It
   * is asked when it can save reading: for files that look as if only their metadata changed, and for large ones.
   */
  #changesOf(node: SourceNode, old: Entry): ChangeQuestion | undefined {
    if (this.#base === "" || this.#spec.snapshot === "" || node.nodeId !== old.nodeId) return undefined;
    const looksSame = node.size === old.size && node.azure?.lastWriteTicks === old.azure?.lastWriteTicks;
    const partly = node.size >= PARTLY_BYTES_MIN && old.size >= PARTLY_BYTES_MIN;
    return looksSame || partly ? { base: this.#base, partly } : undefined;
  }

  async #settle(committed: boolean): Promise<void> {
    this.#settled = true;
    const { snapshot } = this.#spec;
    if (this.#snapshots === undefined) return;
    if (!committed) {
      await this.#snapshots.remove(snapshot);
      return;
    }
    await this.#snapshots.release();
    if (this.#base !== "" && this.#base !== snapshot && (await this.#snapshots.ours()) === undefined)
      await this.#snapshots.remove(this.#base);
    await this.#snapshots.removeOthers([snapshot]);
  }
}

/** Of a directory, or of the single file that was named. */
async function rootFacts(client: ShareClient, spec: ShareSpec): Promise<NodeFacts> {
  try {
    return await client.directoryFacts(spec.path);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const code = error.data["serviceCode"];
    if (code === "ShareNotFound" || code === "ShareSnapshotNotFound") throw missing(spec, error);
    if (spec.path === "" || !isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ")) throw error;
  }
  try {
    return await client.fileFacts(spec.path);
  } catch (error) {
    if (isAppError(error, "E_SOURCE_MISSING")) throw missing(spec, error);
    throw error;
  }
}

function missing(spec: ShareSpec, cause: AppError): AppError {
  return new AppError({
    code: "E_SOURCE_MISSING",
    what: `cannot open ${describeShare(spec)}`,
    why: cause.why,
    hint: "check account, share and path",
    data: cause.data,
  });
}

function replaced(directory: ByteString): AppError {
  return new AppError({
    code: "E_SOURCE_CHANGED",
    what: `cannot list ${displayBytes(directory)}`,
    why: "another directory took its place while the backup ran",
    hint: "read from a share snapshot: leave out --no-share-snapshot",
  });
}
