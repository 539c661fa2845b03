import { type ByteString, byteStringOf, displayBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { describeShare, type ShareSpec } from "../source/azure-files/share-spec.ts";
import { openSource } from "../source/open.ts";
import type { ReaderSpec, Source } from "../source/source.ts";
import type { ItemIssue } from "../telemetry/events.ts";
import type { BackupSource } from "./face.ts";
import { sourceKey } from "./source-key.ts";

/** A source that is there. */
export interface OpenedSource {
  readonly source: Source;
  readonly reader: ReaderSpec;
  readonly key: string;
}

/** Opens one source, for listing here and for reading in the lanes. */
export type OpenSource = (path: ByteString) => Promise<Pick<OpenedSource, "source" | "reader">>;

/** Opens a tree of a share; `key` is the source's identity. */
export type OpenShare = (spec: ShareSpec, key: string) => Promise<Pick<OpenedSource, "source" | "reader">>;

const openLocal: OpenSource = async (path) => ({ source: await openSource(path), reader: { kind: "local", path } });

export interface OpenSourcesOptions {
  readonly host: string;
  readonly issue: (issue: ItemIssue) => void;
  readonly open?: OpenSource | undefined;
  readonly openShare: OpenShare;
}

/** Opens all sources. One that is missing is reported and left out; when none is left, its error is thrown. */
export async function openSources(sources: readonly BackupSource[], options: OpenSourcesOptions): Promise<readonly OpenedSource[]> {
  const { issue } = options;
  const opened: OpenedSource[] = [];
  const missing: { readonly source: BackupSource; readonly error: unknown }[] = [];
  for (const source of sources) {
    try {
      opened.push(await openOne(source, options));
    } catch (error) {
      if (!isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ")) {
        await closeAll(opened);
        throw error;
      }
      missing.push({ source, error });
    }
  }
  if (opened.length === 0 && missing[0] !== undefined) throw missing[0].error;
  for (const { source, error } of missing) {
    if (isAppError(error)) issue({ path: shown(source), code: error.code, message: error.what, why: error.why, hint: error.hint });
  }
  return opened;
}

async function openOne(source: BackupSource, options: OpenSourcesOptions): Promise<OpenedSource> {
  const { host, open = openLocal, openShare } = options;
  if (typeof source !== "string") {
    const key = sourceKey({ kind: "azure-files", path: byteStringOf(describeShare(source)) }, host);
    return { ...(await openShare(source, key)), key };
  }
  const found = await open(source);
  return { ...found, key: sourceKey(found.source.description, host) };
}

/** Closes what is open already: a share snapshot that was made must not be left behind. */
async function closeAll(opened: readonly OpenedSource[]): Promise<void> {
  for (const { source } of opened) await Promise.resolve(source.close()).catch(() => undefined);
}

function shown(source: BackupSource): string {
  return typeof source === "string" ? displayBytes(source) : describeShare(source);
}
