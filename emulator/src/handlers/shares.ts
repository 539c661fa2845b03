import type { SharePatch, ShareRecord } from "../backend/share-record.ts";
import { answer, xmlAnswer, type Answer } from "../protocol/answer.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import { checkShareName } from "../protocol/path-names.ts";
import { metadataHeaders, type RequestHeaders, type StorageRequest } from "../protocol/request.ts";
import { formatHttpDate } from "../protocol/ticks.ts";
import { child, childText, children, element, optional, parseXml, renderXml } from "../protocol/xml.ts";
import { shareLease, type Leasable } from "./lease-book.ts";
import { shareOf } from "./locate.ts";
import { versionHeaders, type HeaderMap } from "./node-headers.ts";
import { DEFAULT_PERMISSION } from "./permission-key.ts";
import type { World } from "./world.ts";

const QUOTA_GIB_DEFAULT = 5120;
const QUOTA_GIB_MAX = 262_144;

/** A list of stored access policies. */
const POLICIES_BODY_BYTES_MAX = 16 * 1024;
const POLICIES_MAX = 5;

const TIERS = ["TransactionOptimized", "Hot", "Cool", "Premium"] as const;
const SQUASHES = ["NoRootSquash", "RootSquash", "AllSquash"] as const;

/** Create Share. */
export async function createShare(request: StorageRequest, world: World): Promise<Answer> {
  checkShareName(request.share);
  const { headers, share: name } = request;
  const { backend } = world;
  const protocol = protocolOf(headers);
  const { quotaGib = QUOTA_GIB_DEFAULT, accessTier = "TransactionOptimized", rootSquash = "NoRootSquash" } = patchOf(headers);
  const share = await backend.shares.create(name, {
    protocol,
    quotaGib,
    accessTier,
    rootSquash,
    metadata: headers.metadata(),
    policies: [],
  });
  if (protocol === "SMB") {
    const permissionKey = await backend.permissions.put(name, DEFAULT_PERMISSION);
    await backend.writer.update(name, 0n, { permissionKey });
  }
  return answer(201, { ...versionHeaders(share), "x-ms-share-quota": share.quotaGib });
}

function protocolOf(headers: RequestHeaders): "SMB" | "NFS" {
  const text = headers.get("x-ms-enabled-protocols") ?? "SMB";
  const protocol = text.toUpperCase();
  if (protocol !== "SMB" && protocol !== "NFS") throw invalidHeader("x-ms-enabled-protocols", text);
  return protocol;
}

function patchOf(headers: RequestHeaders): SharePatch {
  const quotaGib = headers.number("x-ms-share-quota");
  if (quotaGib !== undefined && (quotaGib < 1 || quotaGib > QUOTA_GIB_MAX)) throw invalidHeader("x-ms-share-quota", String(quotaGib));
  const accessTier = oneOf(headers, "x-ms-access-tier", TIERS);
  const rootSquash = oneOf(headers, "x-ms-root-squash", SQUASHES);
  return {
    ...(quotaGib !== undefined && { quotaGib }),
    ...(accessTier !== undefined && { accessTier }),
    ...(rootSquash !== undefined && { rootSquash }),
  };
}

function oneOf<T extends string>(headers: RequestHeaders, name: string, words: readonly T[]): T | undefined {
  const text = headers.get(name);
  const word = words.find((known) => known.toLowerCase() === text?.toLowerCase());
  if (text !== undefined && word === undefined) throw invalidHeader(name, text);
  return word;
}

/** A share or one of its snapshots. Throws ShareNotFound, ShareSnapshotNotFound. */
async function shareOrSnapshot(request: StorageRequest, world: World): Promise<{ readonly share: ShareRecord; readonly lease: Leasable }> {
  const live = await shareOf(request, world);
  const snapshot = request.query.get("sharesnapshot");
  const lease = shareLease(live.name, snapshot);
  if (snapshot === undefined) return { share: live, lease };
  const share = await world.backend.snapshots.get(live.name, snapshot);
  if (share === undefined) throw new StorageError("ShareSnapshotNotFound");
  return { share, lease };
}

/** The live share, when the request's lease allows to change it. */
async function shareToChange(request: StorageRequest, world: World): Promise<ShareRecord> {
  if (request.query.has("sharesnapshot")) throw new StorageError("ShareSnapshotOperationNotSupported");
  const share = await shareOf(request, world);
  await world.leases.check(shareLease(share.name, undefined), request.headers.get("x-ms-lease-id"), "read");
  return share;
}

/** Get Share Properties. */
export async function getShareProperties(request: StorageRequest, world: World): Promise<Answer> {
  const { share, lease } = await shareOrSnapshot(request, world);
  await world.leases.check(lease, request.headers.get("x-ms-lease-id"), "read");
  return answer(200, {
    ...versionHeaders(share),
    ...propertyHeaders(share),
    ...(await world.leases.headers(lease)),
    ...metadataHeaders(share.metadata),
  });
}

function propertyHeaders({ quotaGib, accessTier, protocol, rootSquash, tierChangedAt }: ShareRecord): HeaderMap {
  const isNfs = protocol === "NFS";
  return {
    "x-ms-share-quota": quotaGib,
    "x-ms-access-tier": accessTier,
    "x-ms-access-tier-change-time": formatHttpDate(tierChangedAt),
    "x-ms-enabled-protocols": protocol,
    "x-ms-root-squash": isNfs ? rootSquash : undefined,
    "x-ms-enable-snapshot-virtual-directory-access": isNfs ? "true" : undefined,
  };
}

/** Set Share Properties. */
export async function setShareProperties(request: StorageRequest, world: World): Promise<Answer> {
  const { name } = await shareToChange(request, world);
  const share = await world.backend.shares.update(name, patchOf(request.headers));
  return answer(200, { ...versionHeaders(share), "x-ms-share-quota": share.quotaGib });
}

/** Get Share Metadata. */
export async function getShareMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { share } = await shareOrSnapshot(request, world);
  return answer(200, { ...versionHeaders(share), ...metadataHeaders(share.metadata) });
}

/** Set Share Metadata. */
export async function setShareMetadata(request: StorageRequest, world: World): Promise<Answer> {
  const { name } = await shareToChange(request, world);
  return answer(200, versionHeaders(await world.backend.shares.update(name, { metadata: request.headers.metadata() })));
}

/** Get Share Stats. */
export async function getShareStats(request: StorageRequest, world: World): Promise<Answer> {
  const share = await shareOf(request, world);
  const bytes = await world.backend.shares.usageBytes(share.name);
  return xmlAnswer(renderXml(element("ShareStats", [element("ShareUsageBytes", String(bytes))])), versionHeaders(share));
}

/** Get Share ACL: the stored access policies. */
export async function getShareAcl(request: StorageRequest, world: World): Promise<Answer> {
  const share = await shareOf(request, world);
  const policies = share.policies.map(({ id, start, expiry, permissions }) => {
    const policy = [
      optional("Start", start || undefined),
      optional("Expiry", expiry || undefined),
      optional("Permission", permissions || undefined),
    ];
    return element("SignedIdentifier", [element("Id", id), element("AccessPolicy", policy)]);
  });
  // The SDK stumbles over an empty root without any attribute.
  const root = element("SignedIdentifiers", policies, { "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance" });
  return xmlAnswer(renderXml(root), versionHeaders(share));
}

/** Set Share ACL. */
export async function setShareAcl(request: StorageRequest, world: World): Promise<Answer> {
  const { name } = await shareToChange(request, world);
  const body = Buffer.from(await request.body(POLICIES_BODY_BYTES_MAX)).toString();
  const identifiers = body === "" ? [] : children(child(parseXml(body), "SignedIdentifiers"), "SignedIdentifier");
  if (identifiers.length > POLICIES_MAX) throw new StorageError("InvalidXmlDocument");
  const policies = identifiers.map((identifier) => {
    const policy = child(identifier, "AccessPolicy");
    const text = (key: string): string => childText(policy, key) ?? "";
    return { id: childText(identifier, "Id") ?? "", start: text("Start"), expiry: text("Expiry"), permissions: text("Permission") };
  });
  if (policies.some(({ id }) => id === "" || id.length > 64)) throw new StorageError("InvalidXmlNodeValue");
  return answer(200, versionHeaders(await world.backend.shares.update(name, { policies })));
}
