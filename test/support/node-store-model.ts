import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { MemoryCatalog } from "../../src/catalog/memory/memory-catalog.ts";
import type { DirectoryRow, NodeRow } from "../../src/catalog/node-store.ts";
import { type Catalog, collect, directoryNode, directoryRow, fileRow, type OpenFixture, withCatalog } from "./catalog-fixture.ts";

type Step =
  | { readonly do: "replace"; readonly parents: readonly bigint[]; readonly rows: readonly NodeRow[] }
  | { readonly do: "put" | "remove"; readonly ids: readonly bigint[] };

/** Few ids, so that steps meet. */
const SMALL_IDS = [1n, 2n, 3n, 4n, 5n, 2n ** 64n - 3n];
const idsArbitrary = fc.uniqueArray(fc.constantFrom(...SMALL_IDS), { minLength: 1, maxLength: 3 });
const smallChildren = (parent: bigint): fc.Arbitrary<NodeRow[]> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "\xfe"), fc.constantFrom(...SMALL_IDS), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 4,
    })
    .map((entries) =>
      entries.map(([name, id, isDirectory]) => (isDirectory ? directoryNode(parent, name, id) : fileRow(parent, name, { id }))),
    );
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  idsArbitrary.chain((parents) =>
    fc.tuple(...parents.map(smallChildren)).map((lists): Step => ({ do: "replace", parents, rows: lists.flat() })),
  ),
  idsArbitrary.map((ids): Step => ({ do: "put", ids })),
  idsArbitrary.map((ids): Step => ({ do: "remove", ids })),
);
const runArbitrary = fc.record({
  clear: fc.boolean(),
  commit: fc.integer({ min: 0, max: 3 }).map((value) => value > 0),
  steps: fc.array(stepArbitrary, { maxLength: 6 }),
});

async function applyRun(
  catalog: Catalog,
  sourceId: number,
  run: { readonly clear: boolean; readonly commit: boolean; readonly steps: readonly Step[] },
): Promise<void> {
  const stage = await catalog.stage(sourceId, { clear: run.clear });
  for (const [index, step] of run.steps.entries()) {
    if (step.do === "replace") await stage.replaceChildren(step.parents, step.rows);
    else if (step.do === "put") await stage.putDirectories(step.ids.map((id) => directoryRow(id, index)));
    else await stage.removeDirectories(step.ids);
  }
  if (run.commit) await stage.commit({ snapshot: "aa", rootId: 1n });
  else await stage.discard();
}

async function stateOf(catalog: Catalog, sourceId: number): Promise<unknown> {
  const below = (await collect(catalog.descendants(sourceId, 1n))).flat();
  return {
    rows: await catalog.children(sourceId, SMALL_IDS),
    directories: (await catalog.directories(sourceId, SMALL_IDS)).map(plain),
    below: below.map((row) => `${row.parent} ${row.name}`).sort(),
    size: (await catalog.size()).rows,
  };
}

/** Random stages on the store and on the in-memory reference leave the same state. */
export function modelTests(open: OpenFixture): void {
  it("any sequence of stages leaves the rows that the reference has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(runArbitrary, { minLength: 1, maxLength: 6 }), (runs) =>
        withCatalog(open, async (catalog) => {
          const reference = new MemoryCatalog();
          const [{ sourceId }, { sourceId: referenceId }] = [await catalog.source("s"), await reference.source("s")];
          for (const run of runs) {
            await applyRun(catalog, sourceId, run);
            await applyRun(reference, referenceId, run);
            assert.deepEqual(await stateOf(catalog, sourceId), await stateOf(reference, referenceId));
          }
        }),
      ),
      { numRuns: 40 },
    );
  });
}

/** A directory row with its page id as a plain array: stores may return any kind of byte array. */
/** A directory row in a form that compares well. */
export function plain(row: DirectoryRow | undefined): unknown {
  return row === undefined ? undefined : { ...row, page: { id: [...row.page.id], length: row.page.length } };
}
