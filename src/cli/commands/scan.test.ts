import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { decodeScanResult, type ScanResult } from "../../format/scan-result.ts";
import type { ScanRequest } from "../../scanner/scan-source.ts";
import { byteStringOf } from "../../shared/bytes.ts";
import { runFake } from "../run-fake.ts";
import { eventsIn } from "../event-check.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-scan-"));
after(() => rmSync(folder, { recursive: true }));

const RESULT: ScanResult = {
  sourcePath: byteStringOf("/srv/data"),
  sourceKey: "local:testhost:/srv/data",
  startedNs: 0n,
  finishedNs: 1_500_000_000n,
  files: 10,
  directories: 3,
  bytes: 2048,
  added: 4,
  modified: 3,
  moved: 2,
  deleted: 1,
  errors: [],
  errorCount: 0,
};

interface Seen {
  request?: ScanRequest;
  catalogPath?: string | undefined;
}

async function scan(
  argv: readonly string[],
  result: ScanResult = RESULT,
): Promise<{ seen: Seen; run: Awaited<ReturnType<typeof runFake>> }> {
  const seen: Seen = {};
  const operations = {
    scan: async (request: ScanRequest, world: { readonly catalogPath: string | undefined }) => {
      seen.request = request;
      seen.catalogPath = world.catalogPath;
      return result;
    },
  };
  return { seen, run: await runFake({ argv: ["scan", ...argv], cwd: folder, operations }) };
}

test("scan tells the counts, to people and to programs, and needs no repository", async () => {
  const { seen, run } = await scan(["data"]);
  assert.equal(run.code, 0);
  assert.match(
    run.stdout,
    /^\/srv\/data: 10 files, 3 folders, 2\.0 KiB\nsince the last scan: 4 added, 3 modified, 2 moved, 1 deleted, in /,
  );
  assert.deepEqual(seen.request, { source: join(folder, "data"), full: false, host: "testhost" });
  assert.equal(seen.catalogPath, "/nowhere/home/.cache/varve/scans.sqlite");
  const events = eventsIn((await scan(["data", "--json"])).run.stdout);
  const summary = events.find((event) => event.message_type === "summary");
  assert.ok(summary?.message_type === "summary" && summary.command === "scan");
  assert.deepEqual([summary.added, summary.modified, summary.moved, summary.deleted, summary.duration_seconds], [4, 3, 2, 1, 1.5]);
});

test("scan passes its flags on, and writes the result to a new file only", async () => {
  const { seen } = await scan(["azfiles://devstoreaccount1/projects", "--full", "--no-cache", "-o", "result"]);
  assert.equal(typeof seen.request?.source, "object");
  assert.equal(seen.request?.full, true);
  assert.equal(seen.catalogPath, undefined);
  assert.deepEqual(decodeScanResult(new Uint8Array(readFileSync(join(folder, "result")))), RESULT);
  const again = await scan(["data", "-o", "result"]);
  assert.match(again.run.stderr, /E_TARGET_EXISTS/);
  assert.ok(!existsSync(join(folder, "other")));
});

test("scan ends with 3 when something could not be looked at", async () => {
  const { run } = await scan(["data"], { ...RESULT, errorCount: 2 });
  assert.equal(run.code, 3);
  assert.match(run.stderr, /2 items could not be scanned in full/);
});
