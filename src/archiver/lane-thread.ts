import { ChunkIndex } from "../repository/chunk-index.ts";
import { systemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { serveTasks } from "../shared/task-server.ts";
import { openStore } from "../storage/open-store.ts";
import type { LaneEvent, LaneSpec, LaneTask, LaneTaskResult } from "./lane-protocol.ts";
import { setUpLane } from "./lane-setup.ts";
import { UploadQueue } from "./upload-queue.ts";

serveTasks<LaneSpec, LaneTask, LaneTaskResult, LaneEvent>(async (spec, emit) => {
  const store = await openStore(spec.store, { clock: systemClock, random: systemRandom });
  const uploads = new UploadQueue(store, emit);
  const kit = await setUpLane(spec, { random: systemRandom, store, send: (pack) => uploads.send(pack), onRead: (read) => emit({ read }) });
  return {
    handle: async (task) => {
      if (task.type === "batch") {
        const result = await kit.lane.process(task.batch);
        return { result, transfer: [result.chunkIds.buffer] };
      }
      if (task.type === "index") kit.writer.useIndex(ChunkIndex.attach(task.buffer));
      else {
        await kit.lane.flush();
        await uploads.drain();
      }
      return { result: undefined };
    },
    close: async () => {
      await kit.close();
      await store.close();
    },
  };
});
