import { answer, type Answer } from "../protocol/answer.ts";
import { invalidHeader, missingHeader, StorageError } from "../protocol/errors.ts";
import type { RequestHeaders, StorageRequest } from "../protocol/request.ts";
import { fileLease, shareLease, type Leasable } from "./lease-book.ts";
import { locateNode, shareOf } from "./locate.ts";
import { versionHeaders, type HeaderMap } from "./node-headers.ts";
import type { World } from "./world.ts";

const GUID = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

/** The terms that a lease with an end can have. */
const SECONDS_MIN = 15;
const SECONDS_MAX = 60;

/** Lease Share: of a share or of a snapshot. */
export async function leaseShare(request: StorageRequest, world: World): Promise<Answer> {
  const { name } = await shareOf(request, world);
  const snapshot = request.query.get("sharesnapshot");
  const record = snapshot === undefined ? await world.backend.shares.get(name) : await world.backend.snapshots.get(name, snapshot);
  if (record === undefined) throw new StorageError("ShareSnapshotNotFound");
  return act(request, world, { resource: shareLease(name, snapshot), version: versionHeaders(record) });
}

/** Lease File. */
export async function leaseFile(request: StorageRequest, world: World): Promise<Answer> {
  const { node, view } = await locateNode(request, world);
  if (node.kind !== "file") throw new StorageError("ResourceNotFound");
  if (view.snapshot !== undefined) throw new StorageError("ShareSnapshotOperationNotSupported");
  return act(request, world, { resource: fileLease(view.share, node.fileId), version: versionHeaders(node) });
}

interface LeaseCall {
  readonly resource: Leasable;
  readonly version: HeaderMap;
}

async function act({ headers }: StorageRequest, { leases, newGuid }: World, { resource, version }: LeaseCall): Promise<Answer> {
  const action = headers.required("x-ms-lease-action").toLowerCase();
  const id = guidOf(headers, "x-ms-lease-id");
  const proposed = guidOf(headers, "x-ms-proposed-lease-id");
  switch (action) {
    case "acquire": {
      const acquired = proposed ?? newGuid();
      await leases.acquire(resource, acquired, durationOf(headers, resource));
      return answer(201, { ...version, "x-ms-lease-id": acquired });
    }
    case "renew":
      await leases.renew(resource, required("x-ms-lease-id", id));
      return answer(200, { ...version, "x-ms-lease-id": id });
    case "change": {
      const changed = required("x-ms-proposed-lease-id", proposed);
      await leases.change(resource, required("x-ms-lease-id", id), changed);
      return answer(200, { ...version, "x-ms-lease-id": changed });
    }
    case "release":
      await leases.release(resource, required("x-ms-lease-id", id));
      return answer(200, version);
    case "break": {
      // A file's lease has no term, and nobody waits for it.
      const period = resource.kind === "file" ? 0 : headers.number("x-ms-lease-break-period");
      return answer(202, { ...version, "x-ms-lease-time": await leases.break(resource, period) });
    }
    default:
      throw invalidHeader("x-ms-lease-action", action);
  }
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw missingHeader(name);
  return value;
}

function guidOf(headers: RequestHeaders, name: string): string | undefined {
  const text = headers.get(name);
  if (text !== undefined && !GUID.test(text)) throw invalidHeader(name, text);
  return text;
}

/** Files have leases without end only; shares have both. */
function durationOf(headers: RequestHeaders, { kind }: Leasable): number | undefined {
  const text = headers.get("x-ms-lease-duration") ?? "-1";
  if (text === "-1") return undefined;
  const seconds = Number(text);
  const fits = Number.isInteger(seconds) && seconds >= SECONDS_MIN && seconds <= SECONDS_MAX;
  if (kind === "file" || !fits) throw invalidHeader("x-ms-lease-duration", text);
  return seconds;
}
