import assert from "node:assert/strict";
import { test } from "node:test";
import type { AzureFacts } from "../format/entry.ts";
import { sameShareFacts } from "./same-share-facts.ts";

const FACTS: AzureFacts = {
  etag: "0x1",
  contentMd5: new Uint8Array(16).fill(1),
  attributes: 0x20,
  creationTicks: 1n,
  lastWriteTicks: 2n,
  changeTicks: 3n,
  lastAccessTicks: 4n,
  permissionKey: "1*2",
  permission: { id: new Uint8Array(32).fill(1), length: 5 },
  contentType: "text/plain",
  userMetadata: [{ name: "a", value: "b" }],
};

test("sameShareFacts() sees every difference that somebody made, and none that the service makes by itself", () => {
  const own: Partial<AzureFacts> = { etag: "0x2", changeTicks: 9n, lastAccessTicks: 9n, permissionKey: "3*4" };
  assert.ok(sameShareFacts(FACTS, { ...FACTS, ...own, contentMd5: FACTS.contentMd5?.slice() }));
  const made: readonly Partial<AzureFacts>[] = [
    { contentMd5: undefined },
    { contentMd5: new Uint8Array(16).fill(2) },
    { attributes: 0x21 },
    { creationTicks: 9n },
    { lastWriteTicks: 9n },
    { permission: undefined },
    { permission: { id: new Uint8Array(32).fill(2), length: 5 } },
    { contentType: "" },
    { userMetadata: [{ name: "a", value: "c" }] },
  ];
  for (const one of made) assert.ok(!sameShareFacts(FACTS, { ...FACTS, ...one }), Object.keys(one).join());
  assert.ok(!sameShareFacts(FACTS, undefined));
  assert.ok(sameShareFacts(undefined, undefined));
});
