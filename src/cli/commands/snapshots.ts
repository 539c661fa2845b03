import type { Snapshot } from "../../repository/face.ts";
import { displayBytes } from "../../shared/bytes.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { SnapshotResult } from "../event-types.ts";
import { numberFlag } from "../flags.ts";
import { formatBytes, formatCount, formatItems, formatLocalTime, formatTable, isoTime } from "../format-text.ts";
import type { SnapshotFilter } from "../services.ts";
import { filterFlags, snapshotFilter } from "../shared-flags.ts";
import { withRepository } from "../with-repository.ts";

const LATEST_MAX = 1_000_000;
const SHORT_ID_CHARS = 8;
const RIGHT_COLUMNS = [4, 5, 6];

const flags = {
  ...filterFlags,
  latest: numberFlag("latest", { min: 1, max: LATEST_MAX }, { help: "only the newest N of each host and set of paths" }),
};

export const snapshotsCommand: Command = defineCommand({
  name: "snapshots",
  summary: "list the snapshots",
  description: "Lists the snapshots, oldest first.",
  args: [],
  flags,
  examples: [
    { command: "varve snapshots --host web1 --latest 3", text: "the newest three of one host" },
    { command: "varve snapshots --json", text: "every field, for scripts" },
  ],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { output, global, flags: values } = invocation;
  const all = await withRepository(invocation, (repository) => repository.snapshots());
  const chosen = newestOfEach(all.filter(matcher(snapshotFilter(values))), values.latest);
  if (output.json) {
    for (const snapshot of chosen)
      await output.result(
        () => snapshotResult(snapshot),
        () => "",
      );
    return undefined;
  }
  const head = ["ID", "Time", "Host", "Tags", "Files", "Size", "Added", "Paths"];
  if (chosen.length > 0 || !global.quiet)
    for (const line of formatTable([head, ...chosen.map(row)], RIGHT_COLUMNS)) await output.text(line);
  if (!global.quiet) await output.text(formatItems(chosen.length, "snapshot"));
  return undefined;
}

function matcher({ host, tag, path }: SnapshotFilter): (snapshot: Snapshot) => boolean {
  const wanted = path?.replace(/(.)\/+$/, "$1");
  return ({ manifest }) =>
    (host === undefined || manifest.host === host) &&
    (tag === undefined || manifest.tags.includes(tag)) &&
    (wanted === undefined || pathsOf(manifest).includes(wanted));
}

function newestOfEach(snapshots: readonly Snapshot[], count: number | undefined): readonly Snapshot[] {
  if (count === undefined) return snapshots;
  const seen = new Map<string, number>();
  const newestFirst = snapshots.toReversed().filter(({ manifest }) => {
    const group = JSON.stringify([manifest.host, ...pathsOf(manifest).toSorted()]);
    const before = seen.get(group) ?? 0;
    seen.set(group, before + 1);
    return before < count;
  });
  return newestFirst.toReversed();
}

function pathsOf(manifest: Snapshot["manifest"]): string[] {
  return manifest.sources.map((source) => displayBytes(source.path));
}

function row({ id, manifest }: Snapshot): string[] {
  const issues = manifest.issueCount === 0 ? "" : ` (${formatItems(manifest.issueCount, "problem")})`;
  return [
    id.slice(0, SHORT_ID_CHARS),
    formatLocalTime(manifest.startedNs),
    manifest.host,
    manifest.tags.join(","),
    formatCount(manifest.files),
    formatBytes(manifest.bytes),
    formatBytes(manifest.storedBytes),
    `${pathsOf(manifest).join(" ")}${issues}`,
  ];
}

function snapshotResult({ id, manifest }: Snapshot): SnapshotResult {
  return {
    message_type: "result",
    kind: "snapshot",
    id,
    started: isoTime(manifest.startedNs),
    finished: isoTime(manifest.finishedNs),
    host: manifest.host,
    user: manifest.user,
    tags: manifest.tags,
    paths: pathsOf(manifest),
    parent: manifest.parent,
    program: manifest.program,
    files: manifest.files,
    directories: manifest.directories,
    bytes: manifest.bytes,
    added_bytes: manifest.addedBytes,
    stored_bytes: manifest.storedBytes,
    files_new: manifest.filesNew,
    files_changed: manifest.filesChanged,
    files_unmodified: manifest.filesUnmodified,
    issues: manifest.issueCount,
  };
}
