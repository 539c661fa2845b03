import assert from "node:assert/strict";
import { test } from "node:test";
import { ListingStamper } from "../catalog/listing-stamp.ts";
import { ENTRY_KIND, type Entry, NO_CHUNKS } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { silentReporter } from "../telemetry/events.ts";
import { ExcludeFilter } from "./excludes.ts";
import { NO_EXCLUDES } from "./face.ts";
import type { FileJob } from "./file-queue.ts";
import { RunTotals } from "./run-totals.ts";
import { SourceRun } from "./source-run.ts";
import type { SourceWriter } from "./source-writer.ts";

interface Written {
  /** Names of each page in the order in which pages were made, and where the walk let the index grow. */
  readonly log: string[];
  readonly jobs: FileJob[];
  opened: number;
}

/** A writer that hands every file back at once, or when the queue is drained, the last one first. */
function writerOf(written: Written, late: boolean): SourceWriter {
  const outcome = { content: NO_CHUNKS, xorHash: 1n, extras: {} };
  return {
    queue: {
      add: async (job) => {
        written.jobs.push(job);
        if (!late) await job.done(outcome);
      },
      addLater: () => assert.fail("nothing is read twice"),
      keepRoom: async () => {
        written.log.push("room");
      },
      drain: async () => {
        if (late) for (const job of written.jobs.toReversed()) await job.done(outcome);
      },
    },
    tree: {
      directory: (entries: readonly Entry[]) => {
        written.log.push(entries.map(({ name }) => name).join(" "));
        return { id: new Uint8Array(32).fill(written.log.length), length: 1 };
      },
      attribute: () => assert.fail("there are no attributes"),
      relieve: async () => undefined,
    },
  };
}

async function walked(
  paths: readonly string[],
  { late = false, signal = new AbortController().signal } = {},
): Promise<Written & { readonly root: Entry }> {
  const source = new MemorySource("walk");
  for (const path of paths) {
    const item = path.endsWith("/") ? { kind: ENTRY_KIND.directory } : { content: Buffer.from(path) };
    source.tree.put(byteStringOf(path.replace(/\/$/, "")), item);
  }
  const written: Written = { log: [], jobs: [], opened: 0 };
  const reporter = silentReporter();
  const run = new SourceRun({
    source,
    sourceIndex: 3,
    filter: new ExcludeFilter(NO_EXCLUDES, 1n),
    known: undefined,
    stamper: await ListingStamper.create(),
    oldEntries: () => assert.fail("nothing is known"),
    isCacheTag: () => false,
    writer: async () => {
      written.opened += 1;
      return writerOf(written, late);
    },
    stage: undefined,
    totals: new RunTotals(reporter),
    reporter,
    threads: 0,
    startedNs: 0n,
    signal,
  });
  try {
    return { ...written, root: await run.run(), opened: written.opened };
  } finally {
    source.close();
  }
}

const pages = (log: readonly string[]): readonly string[] => log.filter((line) => line !== "room");
const PATHS = ["b/x", "b/deep/y", "a", "c/z"];

test("SourceRun makes a directory's page once everything in it is settled, children before parents, entries in order", async () => {
  const { log, root, opened } = await walked(PATHS);
  assert.deepEqual(pages(log), ["y", "deep x", "z", "a b c"]);
  assert.deepEqual([opened, root.directory?.totalFiles, root.directory?.totalDirectories, root.directory?.totalBytes], [1, 4, 3, 15]);
});

test("SourceRun makes the same pages in whatever order files come back", async () => {
  const { log, root } = await walked(PATHS, { late: true });
  assert.deepEqual(pages(log), ["z", "y", "deep x", "a b c"]);
  assert.deepEqual([root.directory?.entryCount, root.directory?.totalBytes], [3, 15]);
});

test("SourceRun asks for files by source, directory and name", async () => {
  const { jobs } = await walked(PATHS);
  assert.deepEqual(
    jobs.map(({ source, directory, name }) => `${source} ${directory}/${name}`),
    ["3 /a", "3 b/x", "3 b/deep/y", "3 c/z"],
  );
});

test("SourceRun lets the index grow between directories once it writes, for pages need room too", async () => {
  const { log } = await walked(["a", "b/c/d/e/"]);
  assert.equal(log.filter((line) => line === "room").length, 4);
});

test("SourceRun stops between directories and between files when it is aborted", async () => {
  const reason = new AppError({ code: "E_ABORTED", what: "interrupted" });
  await assert.rejects(walked(PATHS, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
});
