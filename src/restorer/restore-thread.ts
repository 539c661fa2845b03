import { ChunkHasher } from "../crypto/chunk-id.ts";
import { ReadBuffers } from "../repository/stretch-reader.ts";
import { systemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { serveTasks } from "../shared/task-server.ts";
import { openTarget } from "../source/open.ts";
import { openStore } from "../storage/open-store.ts";
import type { RestoreSpec, RestoreTask, RestoreTaskResult } from "./restore-protocol.ts";
import { RestoreWorker } from "./restore-worker.ts";

serveTasks<RestoreSpec, RestoreTask, RestoreTaskResult, never>(async (spec) => {
  const deps = { clock: systemClock, random: systemRandom };
  const store = await openStore(spec.store, deps);
  const target = await openTarget(spec.target, deps);
  const hasher = await ChunkHasher.create(spec.keys.idKey);
  const worker = new RestoreWorker({
    store,
    target,
    hasher,
    buffers: new ReadBuffers(),
    keys: spec.keys,
    repositoryId: spec.repositoryId,
    counters: new Int32Array(spec.counters),
  });
  return {
    handle: async (task) => ({ result: await worker.handle(task) }),
    close: async () => {
      await target.close();
      await store.close();
    },
  };
});
