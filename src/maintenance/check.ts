import { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { packKey } from "../format/object-keys.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { readSnapshots } from "../repository/snapshots.ts";
import { ReadBuffers } from "../repository/stretch-reader.ts";
import { toHex } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import { TaskThreads } from "../shared/task-threads.ts";
import type { Reporter } from "../telemetry/events.ts";
import { type CheckedIndex, checkIndex } from "./check-index.ts";
import type { CheckTask, CheckTaskResult } from "./check-protocol.ts";
import { badChunk, checkTrees } from "./check-trees.ts";
import type { CheckRequest, CheckSummary } from "./face.ts";
import { Findings } from "./findings.ts";
import { verifyPack } from "./verify-pack.ts";

export interface CheckOptions {
  readonly repository: OpenRepository;
  readonly request: CheckRequest;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Holds the repository against itself: segments and packs, snapshots and pages, every reference; with `readData` also the bytes.
 * Damage is a finding, never an exception; only a store that does not answer throws.
 */
export async function runCheck(options: CheckOptions): Promise<CheckSummary> {
  const { repository, reporter, clock, signal } = options;
  const startedMs = clock.monotonicMs();
  const findings = new Findings();
  // What a cache holds says nothing about the store.
  const context = { ...repository.context, cached: repository.context.store };
  reporter.counters.phase = "reading the index";
  // Registers before the index: a snapshot committed in between may be missed, but never misses its own packs.
  const snapshots = await readSnapshots(context, (key, error) => {
    findings.add(key, error.code === "E_OBJECT_NOT_FOUND" ? "missing" : "damaged", `${error.what}: ${error.why}`);
  });
  const index = await checkIndex(context, findings);
  repository.useIndex(index);
  reporter.counters.phase = "checking trees";
  const walk = { repository, index, findings, progress: reporter.counters, signal };
  // This thread walks the trees while the others read packs.
  const [walking, reading] = [checkTrees(snapshots, walk), readPacks(options, index, findings)];
  await Promise.allSettled([walking, reading]);
  const [counts, read] = [await walking, await reading];
  // Which files a damaged byte costs is only worth a second walk when there is one.
  if (read.badChunks.size > 0) await checkTrees(snapshots, { ...walk, badChunks: read.badChunks });
  return {
    snapshots: snapshots.length,
    trees: counts.trees,
    files: counts.files,
    packs: index.present.size,
    packsRead: read.packs,
    bytesRead: read.bytes,
    chunksVerified: read.chunks,
    findings: findings.list(),
    unreferencedPacks: Math.max(0, index.present.size - [...counts.used].filter((pack) => isPresent(index, pack)).length),
    durationMs: clock.monotonicMs() - startedMs,
  };
}

function isPresent({ packs, present }: CheckedIndex, number: number): boolean {
  const pack = packs.get(number);
  return pack !== undefined && present.has(toHex(pack.id));
}

interface ReadCounts {
  packs: number;
  bytes: number;
  chunks: number;
  /** Chunks that cannot be restored, named as by `badChunk`. */
  readonly badChunks: Set<string>;
}

async function readPacks(options: CheckOptions, index: CheckedIndex, findings: Findings): Promise<ReadCounts> {
  const { request, reporter, random, signal } = options;
  const read: ReadCounts = { packs: 0, bytes: 0, chunks: 0, badChunks: new Set() };
  if (request.readData === "none") return read;
  const share = request.readData === "all" ? 1 : request.readData;
  const whole = [...index.whole].filter(([, pack]) => !findings.isLost(packKey(toHex(pack.id))));
  const chosen = whole.filter(() => share >= 1 || random.fraction() < share);
  const { counters } = reporter;
  counters.phase = "reading packs";
  counters.bytes = chosen.reduce((sum, [, pack]) => sum + pack.objectLength, 0);
  counters.totalsKnown = true;
  const pool = await openPool(options);
  try {
    const running: Promise<void>[] = [];
    for (const [number, pack] of chosen) {
      signal.throwIfAborted();
      await pool.room();
      const run = pool.submit({ pack }).then((result) => {
        receive({ number, pack }, result, { read, findings });
        counters.bytesDone += result.bytesRead;
        counters.bytesStored += result.bytesRead;
      });
      run.catch(() => undefined);
      running.push(run);
    }
    await Promise.all(running);
  } finally {
    await pool.close();
  }
  return read;
}

function receive(
  { number, pack }: { number: number; pack: IndexedPack },
  result: CheckTaskResult,
  into: { read: ReadCounts; findings: Findings },
): void {
  const { read, findings } = into;
  read.packs += 1;
  read.bytes += result.bytesRead;
  read.chunks += result.chunksVerified;
  if (result.problem !== undefined) findings.add(packKey(toHex(pack.id)), result.problem.problem, result.problem.message);
  for (const chunk of result.badChunks) {
    const id = pack.directory.chunkIds.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES);
    read.badChunks.add(badChunk(number, toHex(id)));
  }
}

interface CheckPool {
  room(): Promise<void>;
  submit(task: CheckTask): Promise<CheckTaskResult>;
  close(): Promise<void>;
}

async function openPool({ repository, request, signal }: CheckOptions): Promise<CheckPool> {
  const { keys, repositoryId } = repository.context;
  if (request.threads > 0) {
    const data = { store: repository.spec, keys, repositoryId };
    return new TaskThreads<CheckTask, CheckTaskResult>({
      module: new URL("./check-thread.ts", import.meta.url),
      data,
      threads: request.threads,
      signal,
    });
  }
  const hashers = { chunkHasher: await ChunkHasher.create(keys.idKey), objectHasher: await ObjectHasher.create() };
  const options = { store: repository.store, keys, repositoryId, ...hashers, buffers: new ReadBuffers() };
  // One pack after the other: the hashers and buffers serve one at a time.
  let tail: Promise<unknown> = Promise.resolve();
  const submit = ({ pack }: CheckTask): Promise<CheckTaskResult> => {
    const result = tail.then(() => verifyPack(pack, options));
    tail = result.catch(() => undefined);
    return result;
  };
  return {
    room: async () => {
      await tail;
    },
    submit,
    close: async () => undefined,
  };
}
