import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, displayBytes, equalBytes, type ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import type { TargetEntry, FolderTargetSpec } from "../target.ts";
import type { AccountNames } from "./account-names.ts";
import { readAttributes, type Attribute } from "./attributes.ts";
import { ERRNO } from "./errno.ts";
import { changeNodeMode, changeNodeOwner, changeNodeTimes, statNode } from "./node-handle.ts";
import { removeAttribute, writeAttribute, type NodeHandle } from "./libc-attributes.ts";
import { targetError } from "./local-errors.ts";
import { lastErrno } from "./native.ts";
import { StatArena, type LocalNode } from "./stat-block.ts";

/** What is known of a node before its metadata is applied; everything left out is set without looking. */
export interface KnownState {
  /** Knows its path for messages; asked only when there is one. */
  readonly item: { readonly path: string };
  /** Facts taken after the last write to the node: what already fits is not set again. */
  readonly current?: LocalNode;
  /** Owner a new node got by itself. */
  readonly owner?: Owner;
  /** The node may have attributes of its own or inherited ones: those the entry lacks are removed. */
  readonly mayHaveAttributes: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a target is told about owners and privileges. */
export interface MetadataPolicy extends Pick<FolderTargetSpec, "owner" | "privileged"> {
  /**
   * Report each item whose owner the system does not let this user set. By default a plain user's restore only counts them
   * (`foreignOwners`): everything then belongs to that user, which is what was to be expected.
   */
  readonly reportOwner: boolean;
  readonly superuser: boolean;
}

const PERMISSIONS = 0o7777;
const SET_UID = 0o4000;
const SET_GID = 0o2000;

const CAPABILITY = byteStringOf("security.capability");
const PLAIN_RESTORE = "a restore by a plain user leaves such privileges out";

/** Leaves user or group as it is. */
const UNCHANGED = 0xffff_ffff;

/** Attributes that belong to the item itself. Others, such as a security label, come from the system's policy and are never removed. */
const REMOVABLE = /^(user\.|trusted\.|system\.posix_acl_|security\.capability$)/;

/**
 * Applies metadata in the one order that is safe and exact: owner first (it clears suid, sgid and capabilities), then attributes
 * (they need write permission, and an ACL changes the mode), then the mode, then the times.
 */
export class Metadata {
  readonly #policy: MetadataPolicy;
  readonly #names: AccountNames;
  readonly #arena = new StatArena();
  #foreignOwners = 0;

  constructor(policy: MetadataPolicy, names: AccountNames) {
    this.#policy = policy;
    this.#names = names;
  }

  /** Items that kept the restoring user as owner because the system does not let a plain user give files away. */
  get foreignOwners(): number {
    return this.#foreignOwners;
  }

  /** Applies everything; returns what could not be applied, and goes on after each failure. */
  apply(node: NodeHandle, entry: TargetEntry, known: KnownState): readonly AppError[] {
    const errors: AppError[] = [];
    const report = (doing: string, errno: number): void => {
      errors.push(targetError({ doing, path: known.item.path, errno }));
    };
    const owned = this.#applyOwner(node, entry, { known, report });
    const attributes = this.#safeAttributes(entry, { item: known.item, errors });
    const attributed = known.mayHaveAttributes ? exactAttributes(node, attributes, report) : addAttributes(node, attributes, report);
    if (entry.kind !== ENTRY_KIND.symlink) {
      const mode = this.#safeMode(node, entry, { item: known.item, errors });
      const fits = !owned && !attributed && known.current?.mode === mode;
      if (!fits && changeNodeMode(node, mode) < 0) report("set permissions of", lastErrno());
    }
    const timesFit = known.current?.modifiedNs === entry.modifiedNs && known.current.accessedNs === entry.accessedNs;
    if (!timesFit && changeNodeTimes(node, entry.accessedNs, entry.modifiedNs) < 0) report("set times of", lastErrno());
    return errors;
  }

  /** Owner and group as numbers of this machine. */
  #owner(entry: TargetEntry): Owner {
    if (this.#policy.owner !== "by-name") return entry;
    return { uid: this.#names.uidOf(entry.user) ?? entry.uid, gid: this.#names.gidOf(entry.group) ?? entry.gid };
  }

  /** True when the owner was changed, which may have changed the mode. */
  #applyOwner(node: NodeHandle, entry: TargetEntry, to: { known: KnownState; report: (doing: string, errno: number) => void }): boolean {
    if (this.#policy.owner === "none") return false;
    const { uid, gid } = this.#owner(entry);
    const present = to.known.current ?? to.known.owner;
    if (present !== undefined && present.uid === uid && present.gid === gid) return false;
    if (changeNodeOwner(node, uid, gid) === 0) return true;
    const errno = lastErrno();
    const expected = errno === ERRNO.EPERM && !this.#policy.superuser;
    if (!expected || this.#policy.reportOwner) to.report("set owner of", errno);
    if (!expected) return false;
    this.#foreignOwners += 1;
    // A plain user may still give a file to a group of his own.
    return changeNodeOwner(node, UNCHANGED, gid) === 0;
  }

  /**
   * The mode without suid and sgid bits that would act for the wrong owner. On a directory sgid only hands the group down, so
   * there it is an ordinary bit.
   */
  #safeMode(node: NodeHandle, entry: TargetEntry, to: { item: KnownState["item"]; errors: AppError[] }): number {
    const mode = entry.mode & PERMISSIONS;
    if (entry.kind === ENTRY_KIND.directory || (mode & (SET_UID | SET_GID)) === 0) return mode;
    const dropped = mode & (this.#policy.privileged ? this.#wrongOwnerBits(node, entry) : SET_UID | SET_GID);
    if (dropped !== 0) {
      const why = this.#policy.privileged ? "its owner could not be restored, so the bit would act for somebody else" : PLAIN_RESTORE;
      to.errors.push(leftOut("the set-user-id or set-group-id bit", to.item.path, why));
    }
    return mode & ~dropped;
  }

  /** File capabilities are privileges like suid: left out with it. */
  #safeAttributes(entry: TargetEntry, to: { item: KnownState["item"]; errors: AppError[] }): readonly Attribute[] {
    if (this.#policy.privileged || !entry.attributes.some(({ name }) => name === CAPABILITY)) return entry.attributes;
    to.errors.push(leftOut("the file capabilities", to.item.path, PLAIN_RESTORE));
    return entry.attributes.filter(({ name }) => name !== CAPABILITY);
  }

  #wrongOwnerBits(node: NodeHandle, entry: TargetEntry): number {
    if (statNode(node, this.#arena.next()) < 0) return SET_UID | SET_GID;
    const now = this.#arena.keep(entry.name);
    const { uid, gid } = this.#owner(entry);
    return (now.uid === uid ? 0 : SET_UID) | (now.gid === gid ? 0 : SET_GID);
  }
}

function leftOut(what: string, path: string, why: string): AppError {
  return new AppError({
    code: "E_TARGET",
    what: `left out ${what} of ${path}`,
    why,
    hint: "restore as root with owners to have it",
    data: { path },
  });
}

type Report = (doing: string, errno: number) => void;

function addAttributes(node: NodeHandle, attributes: readonly Attribute[], report: Report): boolean {
  for (const { name, value } of attributes) {
    if (writeAttribute(node, name, value) < 0) report(`set attribute ${displayBytes(name)} of`, lastErrno());
  }
  return attributes.length > 0;
}

/** Makes a node's attributes equal to those wanted; true when anything was changed. */
function exactAttributes(node: NodeHandle, attributes: readonly Attribute[], report: Report): boolean {
  const present = readAttributes(node);
  if (typeof present === "number") {
    report("read attributes of", present);
    return addAttributes(node, attributes, report);
  }
  const wanted = new Set<ByteString>(attributes.map(({ name }) => name));
  const extra = present.filter(({ name }) => !wanted.has(name) && REMOVABLE.test(name));
  for (const { name } of extra) {
    if (removeAttribute(node, name) < 0) report(`remove attribute ${displayBytes(name)} of`, lastErrno());
  }
  const missing = attributes.filter(({ name, value }) => !present.some((had) => had.name === name && equalBytes(had.value, value)));
  return addAttributes(node, missing, report) || extra.length > 0;
}
