import { must } from "../shared/assert.ts";
import { Md5 } from "../shared/md5.ts";
import { serveTasks } from "../shared/task-server.ts";
import type { HashTask, HashTaskResult } from "./hash-protocol.ts";

serveTasks<undefined, HashTask, HashTaskResult, never>(async () => {
  const hashes = new Map<number, Md5>();
  return {
    handle: async (task) => {
      const { type, hash } = task;
      if (type === "update") {
        let md5 = hashes.get(hash);
        if (md5 === undefined) hashes.set(hash, (md5 = new Md5()));
        md5.update(task.bytes);
        return { result: undefined };
      }
      const result = type === "digest" ? must(hashes.get(hash), "a hash that ends has content").digest() : undefined;
      hashes.delete(hash);
      return { result };
    },
    close: async () => undefined,
  };
});
