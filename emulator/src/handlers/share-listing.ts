import type { ShareRecord, SnapshotRecord } from "../backend/share-record.ts";
import { xmlAnswer, type Answer } from "../protocol/answer.ts";
import { countOf, type StorageRequest } from "../protocol/request.ts";
import { formatHttpDate } from "../protocol/ticks.ts";
import { element, optional, renderXml, type XmlElement } from "../protocol/xml.ts";
import { shareLease } from "./lease-book.ts";
import type { World } from "./world.ts";

/** Shares and snapshots on one page at most. */
const PAGE_SHARES_MAX = 5000;

type Item = ShareRecord & Partial<Pick<SnapshotRecord, "snapshot">>;

/** List Shares, with their snapshots (before the share itself) and metadata if the request asks for them. */
export async function listShares(request: StorageRequest, world: World): Promise<Answer> {
  const { query } = request;
  const includes = new Set((query.get("include") ?? "").toLowerCase().split(","));
  const [prefix, marker] = [query.get("prefix") ?? "", query.get("marker") ?? ""];
  const maxResults = countOf(query, "maxresults");
  const items = await itemsOf(world, prefix, includes.has("snapshots"));
  const left = items.filter((item) => itemKey(item) >= decode(marker));
  const shown = left.slice(0, Math.min(maxResults ?? PAGE_SHARES_MAX, PAGE_SHARES_MAX));
  const next = left[shown.length];
  const rows: XmlElement[] = [];
  for (const item of shown) rows.push(await itemElement(item, world, includes.has("metadata")));
  const body = element(
    "EnumerationResults",
    [
      optional("Prefix", prefix === "" ? undefined : prefix),
      optional("Marker", marker === "" ? undefined : marker),
      optional("MaxResults", maxResults === undefined ? undefined : String(maxResults)),
      element("Shares", rows),
      element("NextMarker", next === undefined ? "" : Buffer.from(itemKey(next)).toString("base64url")),
    ],
    { ServiceEndpoint: `${request.endpoint}/` },
  );
  return xmlAnswer(renderXml(body));
}

async function itemsOf({ backend }: World, prefix: string, withSnapshots: boolean): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (const share of await backend.shares.list()) {
    if (!share.name.startsWith(prefix)) continue;
    if (withSnapshots) items.push(...(await backend.snapshots.list(share.name)));
    items.push(share);
  }
  return items;
}

/** Sorts a share behind its snapshots, and them by age. */
function itemKey({ name, snapshot }: Item): string {
  return `${name} ${snapshot ?? "~"}`;
}

function decode(marker: string): string {
  return Buffer.from(marker, "base64url").toString();
}

async function itemElement(item: Item, { leases }: World, withMetadata: boolean): Promise<XmlElement> {
  const { name, snapshot, etag, modified, quotaGib, accessTier, tierChangedAt, protocol, rootSquash } = item;
  const lease = await leases.headers(shareLease(name, snapshot));
  const metadata = Object.entries(item.metadata).map(([key, value]) => element(key, value));
  return element("Share", [
    element("Name", name),
    optional("Snapshot", snapshot),
    element("Properties", [
      element("Last-Modified", formatHttpDate(modified)),
      element("Etag", etag),
      element("Quota", String(quotaGib)),
      element("AccessTier", accessTier),
      element("AccessTierChangeTime", formatHttpDate(tierChangedAt)),
      optional("LeaseStatus", lease["x-ms-lease-status"]),
      optional("LeaseState", lease["x-ms-lease-state"]),
      optional("LeaseDuration", lease["x-ms-lease-duration"]),
      element("EnabledProtocols", protocol),
      optional("RootSquash", protocol === "NFS" ? rootSquash : undefined),
    ]),
    withMetadata && metadata.length > 0 ? element("Metadata", metadata) : undefined,
  ]);
}
