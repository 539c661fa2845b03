import type { ByteString } from "../shared/bytes.ts";
import { displayBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { openSource } from "../source/open.ts";
import type { ReaderSpec, Source } from "../source/source.ts";
import type { ItemIssue } from "../telemetry/events.ts";
import { sourceKey } from "./source-key.ts";

/** A source that is there. */
export interface OpenedSource {
  readonly source: Source;
  readonly reader: ReaderSpec;
  readonly key: string;
}

/** Opens one source, for listing here and for reading in the lanes. */
export type OpenSource = (path: ByteString) => Promise<Pick<OpenedSource, "source" | "reader">>;

const openLocal: OpenSource = async (path) => ({ source: await openSource(path), reader: { kind: "local", path } });

/** Opens all sources. One that is missing is reported and left out; when none is left, its error is thrown. */
export async function openSources(
  paths: readonly ByteString[],
  options: { readonly host: string; readonly issue: (issue: ItemIssue) => void; readonly open?: OpenSource | undefined },
): Promise<readonly OpenedSource[]> {
  const { host, issue, open = openLocal } = options;
  const opened: OpenedSource[] = [];
  const missing: { readonly path: ByteString; readonly error: unknown }[] = [];
  for (const path of paths) {
    try {
      const { source, reader } = await open(path);
      opened.push({ source, reader, key: sourceKey(source.description, host) });
    } catch (error) {
      if (!isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ")) throw error;
      missing.push({ path, error });
    }
  }
  if (opened.length === 0 && missing[0] !== undefined) throw missing[0].error;
  for (const { path, error } of missing) {
    if (isAppError(error)) issue({ path: displayBytes(path), code: error.code, message: error.what, why: error.why, hint: error.hint });
  }
  return opened;
}
