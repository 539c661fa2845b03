import { ENTRY_KIND } from "../format/entry.ts";
import { joinPath, type ByteString } from "../shared/bytes.ts";
import type { AppError } from "../shared/errors.ts";
import type { Source, SourceNode } from "../source/source.ts";

/** What a walk meets. */
export type WalkEvent =
  | { readonly kind: "file"; readonly path: ByteString; readonly size: number }
  | { readonly kind: "directory"; readonly path: ByteString }
  | { readonly kind: "other"; readonly path: ByteString }
  | { readonly kind: "failed"; readonly path: ByteString; readonly error: AppError };

const ROOT = "" as ByteString;

/**
 * Everything below the root of a source, paths relative to it; the files of a directory together, each directory's before those of the
 * directories in it. Keeps the directories that are still to be entered, and nothing else.
 */
export async function* walkTree(
  source: Source,
  signal: AbortSignal,
  isFailure: (error: unknown) => error is AppError,
): AsyncGenerator<WalkEvent> {
  const waiting: ByteString[] = [ROOT];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const below: ByteString[] = [];
    try {
      for await (const event of walkDirectory(source, directory, signal)) {
        if (event.kind === "directory") below.push(event.path);
        yield event;
      }
    } catch (error) {
      // The root itself must be readable.
      if (directory === ROOT || !isFailure(error)) throw error;
      yield { kind: "failed", path: directory, error };
    }
    waiting.push(...below.toSorted().toReversed());
  }
}

async function* walkDirectory(source: Source, directory: ByteString, signal: AbortSignal): AsyncGenerator<WalkEvent> {
  const failed: WalkEvent[] = [];
  const onError = (name: ByteString, error: AppError): void => void failed.push({ kind: "failed", path: joinPath(directory, name), error });
  for await (const batch of source.list(directory, { signal, onError })) {
    for (const node of batch) yield eventOf(directory, node);
    yield* failed.splice(0);
  }
  yield* failed;
}

function eventOf(directory: ByteString, node: SourceNode): WalkEvent {
  const path = joinPath(directory, node.name);
  if (node.kind === ENTRY_KIND.file) return { kind: "file", path, size: node.size };
  return { kind: node.kind === ENTRY_KIND.directory ? "directory" : "other", path };
}
