import { serveTasks } from "../shared/task-server.ts";
import type { HashTask, HashTaskResult, HashThreadData } from "./hash-protocol.ts";
import { Md5Lanes, newMd5State } from "./md5-lanes.ts";
import type { Md5State } from "./md5-lanes.ts";

serveTasks<HashThreadData, HashTask, HashTaskResult, never>(async ({ memory }) => {
  const lanes = new Md5Lanes(memory);
  const states = new Map<number, Md5State>();
  const stateOf = (hash: number): Md5State => {
    const known = states.get(hash);
    if (known !== undefined) return known;
    const state = newMd5State();
    states.set(hash, state);
    return state;
  };
  return {
    handle: async (task) => {
      if (task.type === "update") {
        lanes.update(task.pieces.map(({ hash, at, length }) => ({ state: stateOf(hash), at, length })));
        return { result: undefined };
      }
      const result = task.type === "digest" ? lanes.digest(stateOf(task.hash)) : undefined;
      states.delete(task.hash);
      return { result };
    },
    close: async () => undefined,
  };
});
