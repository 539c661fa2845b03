import { answer, type Answer } from "../protocol/answer.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { shareOf } from "./locate.ts";
import { versionHeaders } from "./node-headers.ts";
import type { World } from "./world.ts";

/** Snapshots that a share can have. */
const SNAPSHOTS_MAX = 200;

/** Snapshot Share. */
export async function snapshotShare(request: StorageRequest, { backend, ...world }: World): Promise<Answer> {
  const { name } = await shareOf(request, { backend, ...world });
  const snapshot = await backend.snapshots.create(name, { metadata: request.headers.metadata(), countMax: SNAPSHOTS_MAX });
  return answer(201, { ...versionHeaders(snapshot), "x-ms-snapshot": snapshot.snapshot });
}
