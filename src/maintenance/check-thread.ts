import { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import { ReadBuffers } from "../repository/stretch-reader.ts";
import { systemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { serveTasks } from "../shared/task-server.ts";
import { openStore } from "../storage/open-store.ts";
import type { CheckSpec, CheckTask, CheckTaskResult } from "./check-protocol.ts";
import { verifyPack } from "./verify-pack.ts";

serveTasks<CheckSpec, CheckTask, CheckTaskResult, never>(async ({ store: spec, keys, repositoryId }) => {
  const store = await openStore(spec, { clock: systemClock, random: systemRandom });
  const [chunkHasher, objectHasher] = [await ChunkHasher.create(keys.idKey), await ObjectHasher.create()];
  const options = { store, keys, repositoryId, chunkHasher, objectHasher, buffers: new ReadBuffers() };
  return {
    handle: async ({ pack }) => ({ result: await verifyPack(pack, options) }),
    close: () => store.close(),
  };
});
