import { CHUNK_ID_BYTES, NO_CHUNKS } from "../format/entry.ts";
import type { SourceWriter } from "./source-writer.ts";

const NO_PAGE = Object.freeze({ id: new Uint8Array(CHUNK_ID_BYTES), length: 0 });

/** A writer that stores nothing: no file is opened, no page is made. */
export const dryRunWriter: SourceWriter = {
  queue: {
    add: async (job) => {
      await job.done({ content: NO_CHUNKS, xorHash: 0n, extras: {} });
    },
    addLater: () => undefined,
    keepRoom: async () => undefined,
    drain: async () => undefined,
  },
  tree: { directory: () => NO_PAGE, attribute: () => NO_PAGE, relieve: async () => undefined },
};
