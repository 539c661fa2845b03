import { serveTasks } from "../../shared/task-server.ts";
import { LocalSource } from "./local-source.ts";
import { TreeLister } from "./tree-lister.ts";
import type { WalkGroup, WalkSpec, WalkTask } from "./walk-protocol.ts";

serveTasks<WalkSpec, WalkTask, WalkGroup, never>(async ({ path }) => {
  const source = new LocalSource(path);
  const lister = new TreeLister(source);
  return {
    handle: async () => {
      const result = lister.next();
      return { result, transfer: [result.records.buffer, result.counts.buffer as ArrayBuffer] };
    },
    close: async () => source.close(),
  };
});
