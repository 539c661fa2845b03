import assert from "node:assert/strict";
import { copyFile, rm } from "node:fs/promises";
import type { CatalogSource, DirectoryRow, NodeRow, NodeStage, NodeStore } from "../../src/catalog/node-store.ts";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import { ENTRY_KIND } from "../../src/format/entry.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AppError } from "../../src/shared/errors.ts";

/** A catalog of which some calls fail with E_CATALOG and do nothing. Calls count from 1, those of stages along. */
export class FailingNodes implements NodeStore {
  /** The method that failed first. */
  failedAt: string | undefined;
  #calls = 0;
  readonly #inner: NodeStore;
  readonly #fails: (call: number) => boolean;

  constructor(inner: NodeStore, fails: (call: number) => boolean) {
    this.#inner = inner;
    this.#fails = fails;
  }

  source(key: string): Promise<CatalogSource> {
    return this.#call("source", () => this.#inner.source(key));
  }

  sources(): Promise<readonly CatalogSource[]> {
    return this.#call("sources", () => this.#inner.sources());
  }

  children(sourceId: number, parents: readonly bigint[]): Promise<readonly (readonly NodeRow[])[]> {
    return this.#call("children", () => this.#inner.children(sourceId, parents));
  }

  directories(sourceId: number, ids: readonly bigint[]): Promise<readonly (DirectoryRow | undefined)[]> {
    return this.#call("directories", () => this.#inner.directories(sourceId, ids));
  }

  async stage(sourceId: number, options?: { readonly clear?: boolean }): Promise<NodeStage> {
    const stage = await this.#call("stage", () => this.#inner.stage(sourceId, options));
    return {
      replaceChildren: (parents, rows) => this.#call("replaceChildren", () => stage.replaceChildren(parents, rows)),
      putDirectories: (rows) => this.#call("putDirectories", () => stage.putDirectories(rows)),
      removeDirectories: (ids) => this.#call("removeDirectories", () => stage.removeDirectories(ids)),
      commit: (state) => this.#call("commit", () => stage.commit(state)),
      discard: () => this.#call("discard", () => stage.discard()),
    };
  }

  size(): Promise<{ readonly rows: number; readonly bytes: number }> {
    return this.#call("size", () => this.#inner.size());
  }

  async close(): Promise<void> {
    await this.#inner.close();
    await this.#call("close", async () => undefined);
  }

  async #call<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    if (!this.#fails(this.#calls)) return await work();
    this.failedAt ??= method;
    throw new AppError({ code: "E_CATALOG", what: `${method} failed`, why: "the test wanted it", data: { reason: "failed" } });
  }
}

/** Remembers a closed catalog file, so that it can be had again as it was. */
export async function copyOfCatalog(path: string): Promise<{ readonly restore: () => Promise<void> }> {
  await copyFile(path, `${path}.copy`);
  const restore = async (): Promise<void> => {
    for (const suffix of ["-wal", "-shm", "-damaged"]) await rm(path + suffix, { force: true });
    await copyFile(`${path}.copy`, path);
  };
  return { restore };
}

/** Everything that a catalog file knows of its sources: records, rows and directories, from each root down. */
export async function rowsOf(path: string): Promise<readonly CatalogFact[]> {
  const { nodes } = await openCatalog({ path, clock: systemClock });
  try {
    return await factsOf(nodes);
  } finally {
    await nodes.close();
  }
}

export type CatalogFact = CatalogSource | NodeRow | DirectoryRow;

/** As `rowsOf`, of an open catalog. Fails when it holds rows that hang on no root. */
export async function factsOf(nodes: NodeStore): Promise<readonly CatalogFact[]> {
  const found: CatalogFact[] = [];
  for (const record of await nodes.sources()) {
    found.push(record);
    for (const pending = [record.rootId]; pending.length > 0;) {
      const id = pending.pop() ?? 0n;
      const [rows = []] = await nodes.children(record.sourceId, [id]);
      const [directory] = await nodes.directories(record.sourceId, [id]);
      if (directory !== undefined) found.push(directory);
      found.push(...rows);
      for (const row of rows) if (row.kind === ENTRY_KIND.directory) pending.push(row.id);
    }
  }
  assert.equal((await nodes.size()).rows, found.filter((one) => "name" in one).length, "every row hangs on a root");
  return found;
}
