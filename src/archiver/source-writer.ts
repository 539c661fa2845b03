import type { FileQueue } from "./file-queue.ts";
import type { TreeWriter } from "./tree-writer.ts";

/** The part of a backup's writer that a source needs. */
export interface SourceWriter {
  readonly queue: Pick<FileQueue, "add" | "addLater" | "keepRoom" | "drain">;
  readonly tree: Pick<TreeWriter, "directory" | "attribute" | "relieve">;
}
