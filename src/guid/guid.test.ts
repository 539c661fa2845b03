import assert from "node:assert/strict";
import { test } from "node:test";
import { isBlobName } from "../storage/blob/blob-name.ts";
import { seededRandom } from "../shared/random.ts";
import { GuidMaker, joinGuids, serverGuidOf } from "./guid.ts";

test("GuidMaker makes different GUIDs of version 4 and variant 1, also past its stock of random bytes", () => {
  const maker = new GuidMaker(seededRandom(3));
  const made = new Set(Array.from({ length: 5000 }, () => maker.next()));
  assert.equal(made.size, 5000);
  for (const guid of made) assert.match(guid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("joinGuids() makes the name of a blob, and serverGuidOf() finds the server in it again", () => {
  const maker = new GuidMaker(seededRandom(3));
  const [server, file] = [maker.next(), maker.next()];
  assert.ok(isBlobName(joinGuids(server, file)));
  assert.equal(serverGuidOf(joinGuids(server, file)), server);
  for (const name of [server, `${server}/${file}`, `${server}-${file}-x`, ""]) assert.equal(serverGuidOf(name), undefined);
});
