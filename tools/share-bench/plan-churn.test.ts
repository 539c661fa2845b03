import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlannedFile, planTree, under } from "../tree/plan.ts";
import { planChurn } from "./plan-churn.ts";

const { files } = planTree({ files: 2000, seed: 1 });
const pathOf = ({ directory, name }: Pick<PlannedFile, "directory" | "name">): string => under(directory, name);

test("planChurn() changes as many files as it is told to, each in one way", () => {
  const { edited, renamed, deleted, added } = planChurn(files, { fraction: 0.05, seed: 1 });
  assert.deepEqual([edited.length, renamed.length, deleted.length, added.length], [60, 15, 10, 15]);
  const touched = [...edited, ...renamed.map(({ file }) => file), ...deleted].map(pathOf);
  assert.equal(new Set(touched).size, 85);
});

test("planChurn() makes new names only, and moves some files to another directory", () => {
  const { renamed, added } = planChurn(files, { fraction: 0.05, seed: 1 });
  const names = [...files.map(pathOf), ...renamed.map(pathOf), ...added.map(pathOf)];
  assert.equal(new Set(names).size, names.length);
  const moved = renamed.filter(({ file, directory }) => file.directory !== directory).length;
  assert.ok(moved > 0 && moved < renamed.length, `${moved} of ${renamed.length}`);
});

test("planChurn() decides the same for the same seed and something else for another", () => {
  const plan = planChurn(files, { fraction: 0.05, seed: 1 });
  assert.deepEqual(planChurn(files, { fraction: 0.05, seed: 1 }), plan);
  assert.notDeepEqual(planChurn(files, { fraction: 0.05, seed: 2 }).edited.map(pathOf), plan.edited.map(pathOf));
});
