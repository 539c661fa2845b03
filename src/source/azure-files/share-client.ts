import type { ShareDirectoryClient, ShareFileClient } from "@azure/storage-file-share";
import { ENTRY_KIND, type EntryKind, type Extent } from "../../format/entry.ts";
import { must } from "../../shared/assert.ts";
import { AppError } from "../../shared/errors.ts";
import { collectBody } from "./collect-body.ts";
import { firstPage } from "./first-page.ts";
import { BadListing, type ListedEntry, type ListPage, parseListPage } from "./list-page.ts";
import { factsOfAnswer, type NodeFacts } from "./node-facts.ts";
import { type CallScene, type ConnectionDeps, ShareConnection } from "./share-connection.ts";
import type { ShareSpec } from "./share-spec.ts";

/** Entries in one answer: the most that the service gives. */
const PAGE_ENTRIES_MAX = 5000;

/** Times a body that breaks off is asked for again, and the pause before the second time; it doubles. */
const BODY_ATTEMPTS_MAX = 6;
const BODY_DELAY_MS_FIRST = 200;

/** What a download gave. */
export interface Downloaded {
  readonly bytes: Uint8Array;
  readonly facts: NodeFacts;
}

/** Whether a walk enters a directory. */
export type WalkStep = "enter" | "skip";

export interface ShareClientDeps extends ConnectionDeps {
  /** Ends every call. */
  readonly signal?: AbortSignal;
}

/**
 * An Azure Files share, read: lists directories, downloads files and ranges of them, walks trees. Paths go from the root of the
 * share, `/` between names. Everything is read at the share snapshot that the spec names. Every time is kept to 100 ns.
 * Errors: E_SHARE_DENIED, E_SHARE_UNAVAILABLE, E_SHARE, and for single items E_SOURCE_MISSING, E_SOURCE_READ.
 */
export class ShareClient {
  readonly connection: ShareConnection;
  /** Share snapshot that is read; empty for the share as it is now. */
  readonly snapshot: string;
  readonly #deps: ShareClientDeps;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;

  private constructor(connection: ShareConnection, snapshot: string, deps: ShareClientDeps) {
    this.connection = connection;
    this.snapshot = snapshot;
    this.#deps = deps;
    this.#signal = deps.signal === undefined ? this.#ended.signal : AbortSignal.any([this.#ended.signal, deps.signal]);
  }

  /** Makes no request yet. */
  static async open(spec: ShareSpec, deps: ShareClientDeps): Promise<ShareClient> {
    return new ShareClient(await ShareConnection.open(spec, deps), spec.snapshot, deps);
  }

  /** The same share at another moment, over the same connection. */
  at(snapshot: string): ShareClient {
    return new ShareClient(this.connection, snapshot, this.#deps);
  }

  /** A directory page by page: one request each, 5,000 entries at most. */
  async *list(path: string): AsyncGenerator<ListPage> {
    let marker: string | undefined;
    do {
      const page: ListPage = await this.listPage(path, marker);
      yield page;
      marker = page.nextMarker;
    } while (marker !== undefined);
  }

  /** One page of a directory; `marker` says where it begins. */
  async listPage(path: string, marker?: string): Promise<ListPage> {
    const doing = `list ${shown(path)}`;
    const directory = this.connection.directory(path, this.snapshot);
    return await this.#again(doing, () =>
      this.#call({ doing, needs: "list" }, async ({ signal, raw }) => {
        const pages = directory
          .listFilesAndDirectories({
            includeTimestamps: true,
            includeEtag: true,
            includeAttributes: true,
            includePermissionKey: true,
            includeExtendedInfo: true,
            abortSignal: signal,
          })
          .byPage({ maxPageSize: PAGE_ENTRIES_MAX, ...(marker !== undefined && { continuationToken: marker }) });
        await firstPage(pages);
        return listing(must(raw(), "a call has an answer").listing);
      }),
    );
  }

  /** Asks again for an answer that broke off, some times. What it got last says why. */
  async #again<T>(doing: string, ask: () => Promise<T | BrokenAnswer>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const got = await ask();
      if (!(got instanceof BrokenAnswer)) return got;
      if (attempt === BODY_ATTEMPTS_MAX) {
        throw new AppError({
          code: "E_SOURCE_READ",
          what: `cannot ${doing}`,
          why: `${got.why}; tried ${attempt} times`,
          hint: "run again; if it happens again, look at it with another client and report it",
        });
      }
      await this.#deps.clock.sleep(BODY_DELAY_MS_FIRST * 2 ** (attempt - 1), this.#signal);
    }
  }

  /** What is known of a file without its content. */
  async fileFacts(path: string): Promise<NodeFacts> {
    return await this.#facts(path, ENTRY_KIND.file, this.connection.file(path, this.snapshot));
  }

  /** What is known of a directory; the share's root is the empty path. */
  async directoryFacts(path: string): Promise<NodeFacts> {
    return await this.#facts(path, ENTRY_KIND.directory, this.connection.directory(path, this.snapshot));
  }

  async #facts(path: string, kind: EntryKind, client: ShareDirectoryClient | ShareFileClient): Promise<NodeFacts> {
    return await this.#call({ doing: `look at ${shown(path)}`, needs: "read" }, async ({ signal, raw }) => {
      await client.getProperties({ abortSignal: signal });
      return factsOfAnswer(must(raw(), "a call has an answer"), kind);
    });
  }

  /**
   * A file, or a range of it, in one request; a range that reaches beyond the end gives what is there. A body that breaks off is
   * asked for again. Throws E_SOURCE_READ when it always does.
   */
  async download(path: string, range?: Extent): Promise<Downloaded> {
    const file = this.connection.file(path, this.snapshot);
    const doing = `read ${shown(path)}`;
    return await this.#again(doing, () =>
      this.#call({ doing, needs: "read" }, async ({ signal, raw, moved }) => {
        const response = await file.download(range?.offset ?? 0, range?.length, { abortSignal: signal, maxRetryRequests: 0 });
        const facts = factsOfAnswer(must(raw(), "a call has an answer"), ENTRY_KIND.file);
        const length = range === undefined ? facts.size : Math.max(0, Math.min(range.length, facts.size - range.offset));
        const bytes = await collectBody(response.readableStreamBody, { length, signal, moved });
        return bytes === undefined
          ? new BrokenAnswer("the connection broke off in the middle, or fewer bytes came than the file has")
          : { bytes, facts };
      }),
    );
  }

  /** The ranges of a file that hold data, ascending. */
  async ranges(path: string): Promise<readonly Extent[]> {
    const { data } = await this.#ranges(path, undefined);
    return data;
  }

  /**
   * What was written (`data`) and what was cleared (`cleared`) since an earlier share snapshot, ascending. Undefined when the
   * service cannot tell: the file was made anew since, the share snapshot is gone, or there is no such feature.
   */
  async changesSince(path: string, earlier: string): Promise<RangeChanges | undefined> {
    try {
      return await this.#ranges(path, earlier);
    } catch (error) {
      if (error instanceof AppError && REFUSALS.has(error.code)) return undefined;
      throw error;
    }
  }

  async #ranges(path: string, earlier: string | undefined): Promise<RangeChanges> {
    const file = this.connection.file(path, this.snapshot);
    const changes: { data: Extent[]; cleared: Extent[] } = { data: [], cleared: [] };
    let marker: string | undefined;
    do {
      const next: string | undefined = marker;
      marker = await this.#call({ doing: `list the ranges of ${shown(path)}`, needs: "read" }, async ({ signal }) => {
        const settings = next === undefined ? {} : { continuationToken: next };
        const pages =
          earlier === undefined
            ? file.listRanges({ abortSignal: signal }).byPage(settings)
            : file.listRangesDiff(earlier, { abortSignal: signal, includeRenames: true }).byPage(settings);
        const page = await firstPage(pages);
        if (page === undefined) return undefined;
        changes.data.push(...(page.ranges ?? []).map(extentOf));
        changes.cleared.push(...(page.clearRanges ?? []).map(extentOf));
        return page.continuationToken || undefined;
      });
    } while (marker !== undefined);
    return changes;
  }

  /**
   * True for a share of the NFS protocol: it has owners and modes in place of security descriptors, and links. A credential that
   * may not ask is taken for one of an SMB share.
   */
  async isNfs(): Promise<boolean> {
    const share = this.connection.share(this.snapshot);
    try {
      return await this.#call({ doing: "look at the share", needs: "read" }, async ({ signal, raw }) => {
        await share.getProperties({ abortSignal: signal });
        return raw()?.header("x-ms-enabled-protocols") === "NFS";
      });
    } catch (error) {
      if (error instanceof AppError && error.code === "E_SHARE_DENIED") return false;
      throw error;
    }
  }

  /** A security descriptor (SDDL) by its key. */
  async permission(key: string): Promise<string> {
    const share = this.connection.share("");
    return await this.#call({ doing: "read a security descriptor", needs: "read" }, async ({ signal }) => {
      const { permission } = await share.getPermission(key, { abortSignal: signal });
      return permission;
    });
  }

  /** Where a symbolic link of an NFS share leads. */
  async linkTarget(path: string): Promise<string> {
    const file = this.connection.file(path, this.snapshot);
    return await this.#call({ doing: `read the link ${shown(path)}`, needs: "read" }, async ({ signal }) => {
      const { linkText } = await file.getSymbolicLink({ abortSignal: signal });
      return decodeURIComponent(linkText ?? "");
    });
  }

  /** Everything below a directory, depth first. `visit` is told of each entry and decides about each directory. */
  async walk(path: string, visit: (path: string, entry: ListedEntry) => WalkStep | Promise<WalkStep>): Promise<void> {
    for await (const { entries } of this.list(path)) {
      for (const entry of entries) {
        const below = path === "" ? entry.name : `${path}/${entry.name}`;
        const step = await visit(below, entry);
        if (entry.kind === ENTRY_KIND.directory && step === "enter") await this.walk(below, visit);
      }
    }
  }

  /** Ends what is still under way. */
  close(): void {
    this.#ended.abort(new AppError({ code: "E_ABORTED", what: "the connection to the share was closed" }));
  }

  #call<T>(scene: CallScene, send: Parameters<typeof this.connection.call<T>>[1]): Promise<T> {
    return this.connection.call({ ...scene, signal: this.#signal }, send);
  }
}

/** Ranges of a file that differ from an earlier state of it. */
export interface RangeChanges {
  readonly data: readonly Extent[];
  readonly cleared: readonly Extent[];
}

/** Answers to a question for changes that only mean that the whole file has to be read. */
const REFUSALS: ReadonlySet<string> = new Set(["E_SOURCE_READ", "E_SOURCE_MISSING", "E_SHARE", "E_SHARE_UNAVAILABLE"]);

/** The service's ranges include their last byte. */
function extentOf({ start, end }: { readonly start: number; readonly end: number }): Extent {
  return { offset: start, length: end - start + 1 };
}

function shown(path: string): string {
  return path === "" ? "the root" : path;
}

/** An answer that is not whole. */
class BrokenAnswer {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

function listing(xml: string): ListPage | BrokenAnswer {
  try {
    return parseListPage(xml);
  } catch (error) {
    if (error instanceof BadListing) return new BrokenAnswer(error.message);
    throw error;
  }
}
