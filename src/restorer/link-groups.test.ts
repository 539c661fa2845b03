import assert from "node:assert/strict";
import { test } from "node:test";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { FILE_ACTION } from "./file-columns.ts";
import { LinkGroups } from "./link-groups.ts";

const place = (directory: string, name: string) => ({ directory: directory as ByteString, name: name as ByteString });
const node = (nodeId: bigint) => fileEntry("x", { nodeId, links: 2 });

/** Makes the links of `links`, as `from -> to`, replaced ones with a `!`; `failing` names cannot be made. */
async function madeBy(links: LinkGroups, failing: readonly string[] = []) {
  const made: string[] = [];
  const issues: (readonly [string, unknown])[] = [];
  const count = await links.make(
    {
      link: (...[directory, name, existing, replace]) => {
        if (failing.includes(name)) throw new AppError({ code: "E_TARGET", what: "no" });
        made.push(`${directory}/${name}${replace ? "!" : ""} -> ${existing.directory}/${existing.name}`);
      },
    },
    (path, error) => issues.push([path, error]),
  );
  return { made, issues, count };
}

test("LinkGroups restores the first name of each file and links the others to it", async () => {
  const links = new LinkGroups();
  assert.deepEqual(
    [
      links.isFirst(place("a", "1"), node(1n), FILE_ACTION.create),
      links.isFirst(place("a", "2"), node(2n), FILE_ACTION.create),
      links.isFirst(place("b", "3"), node(1n), FILE_ACTION.create),
      links.isFirst(place("b", "4"), node(1n), FILE_ACTION.replace),
    ],
    [true, true, false, false],
  );
  assert.deepEqual(await madeBy(links), { made: ["b/3 -> a/1", "b/4! -> a/1"], issues: [], count: 2 });
});

test("LinkGroups goes on after a link that cannot be made", async () => {
  const links = new LinkGroups();
  for (const name of ["1", "2", "3"]) links.isFirst(place("a", name), node(1n), FILE_ACTION.create);
  const { made, issues, count } = await madeBy(links, ["2"]);
  assert.deepEqual([made, issues.map(([path]) => path), count], [["a/3 -> a/1"], ["a/2"], 1]);
});

test("LinkGroups links nothing to a file that could not be restored, and says so for each name", async () => {
  const links = new LinkGroups();
  for (const name of ["1", "2", "3"]) links.isFirst(place("a", name), node(1n), FILE_ACTION.replace);
  links.lose("a/1" as ByteString);
  const { made, issues } = await madeBy(links);
  assert.deepEqual([made, issues.map(([path]) => path)], [[], ["a/2", "a/3"]]);
  assert.ok(issues.every(([, error]) => isAppError(error, "E_INCOMPLETE") && /a\/1/.test(error.why)));
});
