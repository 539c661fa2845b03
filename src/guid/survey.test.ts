import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { putBlob } from "../../test/support/blob-store-suite.ts";
import { patternBytes } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { isAppError } from "../shared/errors.ts";
import { md5Of } from "../shared/md5.ts";
import { seededRandom } from "../shared/random.ts";
import { MemoryBlobStore } from "../storage/blob/memory-blob-store.ts";
import { fingerprint } from "./fingerprint.ts";
import { Journal } from "./journal.ts";
import { MappingFile } from "./mapping-file.ts";
import { Survey } from "./survey.ts";
import type { SurveyOptions } from "./survey.ts";

async function surveyOf(
  text: string,
  more: Partial<SurveyOptions>,
  work: (survey: Survey) => Promise<void> = async () => undefined,
): Promise<void> {
  await using folder = await tempFolder("survey");
  const path = `${folder.path}/map.json`;
  writeFileSync(path, text);
  const mapping = await MappingFile.open(path);
  try {
    await using survey = await Survey.make({
      mapping,
      blobs: undefined,
      journal: undefined,
      pathKey: (path) => path,
      keepExtra: false,
      workFolder: folder.path,
      random: seededRandom(1),
      signal: new AbortController().signal,
      note: () => undefined,
      ...more,
    });
    await work(survey);
  } finally {
    await mapping.close();
  }
}

test("Survey brings listing and journal to the entries, in the order of the mapping", async () => {
  await using folder = await tempFolder("journal");
  const entries = Array.from({ length: 40_000 }, (_, index): [string, string] => [`8c-${index}`, `/data/${index}`]);
  const store = new MemoryBlobStore();
  for (let index = 0; index < entries.length; index += 7) await putBlob(store, `8c-${index}`, patternBytes(index % 100, index));
  for (let index = 0; index < entries.length; index += 11) await putBlob(store, `8c-${index}/`, new Uint8Array(0));
  await putBlob(store, "other", patternBytes(5));
  const journal = new Journal(`${folder.path}/journal`);
  await journal.begin();
  for (let round = 0; round < 2; round += 1)
    for (let index = 0; index < entries.length; index += 13) {
      // The later record counts.
      const known = { size: index + round, modifiedNs: BigInt(-index), changedNs: 2n, md5: md5Of(patternBytes(3, index)) };
      journal.note(fingerprint(`8c-${index}`), known);
    }
  await journal.end(true);
  await surveyOf(JSON.stringify(Object.fromEntries(entries)), { blobs: store, journal }, async (survey) => {
    assert.deepEqual([survey.entries, survey.listed], [40_000, Math.ceil(40_000 / 7) + Math.ceil(40_000 / 11)]);
    let index = 0;
    for await (const { number, guid, path, facts } of survey.all()) {
      assert.deepEqual([number, guid, path], [index, ...(entries[index] ?? assert.fail())]);
      const md5 = index % 7 === 0 ? new Uint8Array(md5Of(patternBytes(index % 100, index))) : undefined;
      assert.deepEqual(facts.content, md5 && { size: index % 100, md5 });
      assert.equal(facts.placeholder, index % 11 === 0);
      const known = { size: index + 1, modifiedNs: BigInt(-index), changedNs: 2n, md5: new Uint8Array(md5Of(patternBytes(3, index))) };
      assert.deepEqual(facts.known, index % 13 === 0 ? known : undefined);
      index += 1;
    }
    assert.equal(index, entries.length);
  });
});

test("Survey names blobs that no entry stands for when asked to, folders' marks included", async () => {
  const store = new MemoryBlobStore();
  for (const name of ["8c-1", "8c-9", "8c-2/", "8c-8/"]) await putBlob(store, name, new Uint8Array(0));
  await putBlob(store, "8c-7/", patternBytes(4));
  await surveyOf('{"8c-1": "/a", "8c-2": "/b"}', { blobs: store, keepExtra: true }, async (survey) => {
    const extras: string[] = [];
    for await (const { name, size } of survey.extraBlobs()) extras.push(`${name} ${size}`);
    assert.deepEqual(extras.toSorted(), ["8c-7/ 4", "8c-8/ 0", "8c-9 0"]);
    assert.equal(survey.extras, 3);
  });
});

test("Survey takes an empty mapping and a mapping whose blobs nobody asks for", async () => {
  for (const [text, count] of [
    ["{}", 0],
    ['{"a": "/x"}', 1],
  ] as const)
    await surveyOf(text, {}, async (survey) => {
      const found: string[] = [];
      for await (const { guid } of survey.all()) found.push(guid);
      assert.equal(found.length, count);
    });
});

test("Survey refuses the same GUID or the same path twice, with both places", async () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `"8c-${index}": "/data/${index}"`);
  const refused = (text: string, why: RegExp, more: Partial<SurveyOptions> = {}): Promise<void> =>
    assert.rejects(surveyOf(text, more), (error) => isAppError(error, "E_CONFIG") && why.test(error.why));
  await refused(`{${[...lines, '"8c-77": "/other"'].join()}}`, /^entries 78 and 30001 have the same GUID: 8c-77$/);
  await refused(
    `{${[...lines, '"8c-x": "/data/29999"'].join()}}`,
    /^entries 30000 and 30001 have the same path: \/data\/29999 and \/data\/29999$/,
  );
  await refused('{"a": "/x//y", "b": "/x/y"}', /^entries 1 and 2 have the same path: \/x\/\/y and \/x\/y$/, {
    pathKey: (path) => path.replaceAll("//", "/"),
  });
});
