import { answer, type Answer } from "../protocol/answer.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { shareLease } from "./lease-book.ts";
import { shareOf } from "./locate.ts";
import type { World } from "./world.ts";

/** Delete Share: a share, with its snapshots if `x-ms-delete-snapshots` says so, or one snapshot. */
export async function deleteShare(request: StorageRequest, world: World): Promise<Answer> {
  const { name } = await shareOf(request, world);
  const { leases, backend } = world;
  const leaseId = request.headers.get("x-ms-lease-id");
  const snapshot = request.query.get("sharesnapshot");
  if (snapshot !== undefined) {
    if ((await backend.snapshots.get(name, snapshot)) === undefined) throw new StorageError("ShareSnapshotNotFound");
    await leases.check(shareLease(name, snapshot), leaseId, "write");
    await backend.snapshots.delete(name, snapshot);
    await leases.forget(shareLease(name, snapshot));
    return answer(202);
  }
  await leases.check(shareLease(name, undefined), leaseId, "write");
  const mode = snapshotModeOf(request);
  if (mode === "include") await refuseLeasedSnapshots(name, world);
  await backend.shares.delete(name, { snapshots: mode !== undefined });
  await leases.forget(shareLease(name, undefined));
  world.handles.close(world.handles.all().flatMap(({ id, share }) => (share === name ? [id] : [])));
  return answer(202);
}

function snapshotModeOf({ headers }: StorageRequest): "include" | "include-leased" | undefined {
  const text = headers.get("x-ms-delete-snapshots");
  const mode = text?.toLowerCase();
  if (mode !== undefined && mode !== "include" && mode !== "include-leased") throw invalidHeader("x-ms-delete-snapshots", text ?? "");
  return mode;
}

async function refuseLeasedSnapshots(name: string, { backend, leases }: World): Promise<void> {
  for (const { snapshot } of await backend.snapshots.list(name)) {
    const { state } = await leases.view(shareLease(name, snapshot));
    if (state === "leased" || state === "breaking") throw new StorageError("DeleteShareWhenSnapshotLeased");
  }
}
