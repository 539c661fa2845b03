import { ChunkKernel } from "../chunker/chunk-kernel.ts";
import { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import { chunkerParams } from "../repository/chunker-params.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { ChunkIndex } from "../repository/chunk-index.ts";
import { FrameReader } from "../repository/frame-reader.ts";
import { PackWriter, type FinishedPack } from "../repository/pack-writer.ts";
import type { Random } from "../shared/random.ts";
import { openReader } from "../source/open.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { Lane } from "./lane.ts";
import type { LaneSpec } from "./lane-protocol.ts";

/** A lane with everything it owns. */
export interface LaneKit {
  readonly lane: Lane;
  readonly writer: PackWriter;
  close(): Promise<void>;
}

/** Makes a lane from plain data, in whichever thread calls it. */
export async function setUpLane(
  spec: Omit<LaneSpec, "store">,
  deps: { random: Random; store: Pick<ObjectStore, "read">; send: (pack: FinishedPack) => Promise<void>; onRead: (bytes: number) => void },
): Promise<LaneKit> {
  const readers = await Promise.all(spec.readers.map((reader) => openReader(reader)));
  const writer = new PackWriter({
    kind: OBJECT_KIND.dataPack,
    keys: spec.keys,
    repositoryId: spec.repositoryId,
    random: deps.random,
    objectHasher: await ObjectHasher.create(),
    index: ChunkIndex.attach(spec.index),
    packBytes: spec.config.dataPackBytes,
    suite: spec.config.suite,
    level: spec.compressionLevel,
    selfCheck: spec.selfCheck,
    chunkBytesMax: spec.config.chunker.maxBytes,
  });
  const hasher = await ChunkHasher.create(spec.keys.idKey);
  const lane = new Lane({
    kernel: ChunkKernel.create(spec.keys.chunkerKey, chunkerParams(spec.config)),
    hasher,
    frames: new FrameReader({ store: deps.store, keys: spec.keys, repositoryId: spec.repositoryId }, hasher),
    readers,
    writer,
    send: deps.send,
    onRead: deps.onRead,
  });
  return {
    lane,
    writer,
    close: async () => {
      for (const reader of readers) await reader.close();
    },
  };
}
