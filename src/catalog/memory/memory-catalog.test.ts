import { nodeStoreSuite } from "../../../test/support/node-store-suite.ts";
import { treeStoreSuite } from "../../../test/support/tree-store-suite.ts";
import { MemoryCatalog } from "./memory-catalog.ts";
import { MemoryData } from "./memory-data.ts";

async function open() {
  const data = new MemoryData();
  return { connect: async () => new MemoryCatalog(data), close: async () => undefined };
}

nodeStoreSuite("memory", open);
treeStoreSuite("memory", open);
