import { ENTRY_KIND, type EntryKind } from "../../format/entry.ts";
import { byteStringOf, type ByteString, displayBytes, fromByteString, joinPath } from "../../shared/bytes.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import type { SourceNode } from "../source.ts";
import type { ExistingFile, RemoteTarget, Target, TargetEntry, TargetFile } from "../target.ts";
import { nodeOfListed } from "./azure-node.ts";
import { ExistingShareFile, NewShareFile } from "./azure-target-file.ts";
import { ShareClient, type ShareClientDeps } from "./share-client.ts";
import { sharePath } from "./share-paths.ts";
import { describeShare, type ShareSpec } from "./share-spec.ts";
import { ShareWriter, targetError } from "./share-writer.ts";

/** Files that are made at once. */
const FILES_AT_ONCE = 48;

/** Directories whose listing is kept: what is in the place of items that are to be restored. */
const LISTINGS_MAX = 16;

/** Characters that no name in a share has. */
// eslint-disable-next-line no-control-regex
const NOT_IN_NAMES = /["\\/:|<>*?\u0000-\u001f]/;

const NAME_LENGTH_MAX = 255;

interface TargetParts {
  readonly spec: ShareSpec;
  readonly isEmpty: boolean;
  readonly isNfs: boolean;
  readonly random: Random;
}

/** A tree of an Azure Files share that is restored into. */
export class AzureTarget implements Target {
  readonly remote: RemoteTarget;
  /** Files belong to whom their security descriptor says. */
  readonly foreignOwners = 0;
  readonly #client: ShareClient;
  readonly #writer: ShareWriter;
  readonly #root: string;
  readonly #random: Random;
  readonly #isNfs: boolean;
  readonly #listings = new Map<ByteString, Promise<ReadonlyMap<string, SourceNode>>>();
  readonly #permissions = new Map<string, Promise<string>>();

  private constructor(client: ShareClient, parts: TargetParts) {
    this.#client = client;
    this.#writer = new ShareWriter(client.connection, parts.isNfs);
    this.#isNfs = parts.isNfs;
    this.#root = parts.spec.path;
    this.#random = parts.random;
    this.remote = {
      isEmpty: parts.isEmpty,
      isPosix: parts.isNfs,
      filesAtOnce: FILES_AT_ONCE,
      permissionKey: (sddl) => this.#permissionKey(sddl),
    };
  }

  /** Makes share and root when they are missing. Throws E_SHARE_DENIED, E_TARGET_ROOT, E_SHARE_UNAVAILABLE. */
  static async open(spec: ShareSpec, deps: ShareClientDeps): Promise<AzureTarget> {
    const client = await ShareClient.open({ ...spec, snapshot: "" }, deps);
    const isNew = await openRoot(client, spec);
    const isEmpty = isNew || (await client.listPage(spec.path)).entries.length === 0;
    return new AzureTarget(client, { spec, isEmpty, isNfs: await client.isNfs(), random: deps.random });
  }

  async makeDirectory(directory: ByteString, name: ByteString, replace: boolean): Promise<"created" | "exists"> {
    const path = this.#path(directory, name);
    try {
      if (await this.#writer.makeDirectory(path)) return "created";
    } catch (error) {
      if (!isAppError(error, "E_TARGET_EXISTS")) throw error;
    }
    if ((await this.look(directory, name))?.kind === ENTRY_KIND.directory) return "exists";
    if (!replace) throw inTheWay(path);
    await this.#writer.removeFile(path);
    await this.#writer.makeDirectory(path);
    return "created";
  }

  async look(directory: ByteString, name: ByteString): Promise<SourceNode | undefined> {
    this.#path(directory, name);
    const known = this.#listings.get(directory) ?? this.#list(directory);
    return (await known).get(keyOf(name, this.#isNfs));
  }

  async list(directory: ByteString): Promise<readonly SourceNode[]> {
    return [...(await this.#list(directory)).values()];
  }

  createFile(directory: ByteString, name: ByteString, replace: boolean): TargetFile {
    const path = this.#path(directory, name);
    return new NewShareFile(this.#writer, { path, writePath: replace ? this.#besides(directory) : path });
  }

  async openExisting(directory: ByteString, name: ByteString): Promise<ExistingFile | undefined> {
    const path = this.#path(directory, name);
    try {
      const { size, userMetadata } = await this.#client.fileFacts(path);
      return new ExistingShareFile({ writer: this.#writer, client: this.#client }, { path, size, hadMetadata: userMetadata.length > 0 });
    } catch (error) {
      if (isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ")) return undefined;
      throw error;
    }
  }

  /** Symbolic links on an NFS share; nothing else that is no file or directory can be in any. */
  async makeSpecial(directory: ByteString, entry: TargetEntry, replace: boolean): Promise<readonly AppError[]> {
    const path = this.#path(directory, entry.name);
    if (!this.#isNfs || entry.kind !== ENTRY_KIND.symlink) throw noPlace(joinPath(directory, entry.name), entry.kind);
    if (replace) await this.#writer.removeFile(path);
    await this.#writer.makeLink(path, entry, fromByteString(entry.linkTarget).toString("utf8"));
    return [];
  }

  /** An SMB share has no hard links: there the other names become copies, made inside the service. */
  async link(
    directory: ByteString,
    name: ByteString,
    existing: { readonly directory: ByteString; readonly name: ByteString },
  ): Promise<void> {
    const [from, to] = [this.#path(existing.directory, existing.name), this.#path(directory, name)];
    if (!this.#isNfs) return await this.#writer.copyFile(from, to);
    await this.#writer.removeFile(to);
    await this.#writer.hardLink(from, to);
  }

  async finishDirectory(directory: ByteString, name: ByteString, entry: TargetEntry): Promise<readonly AppError[]> {
    const path = name === "" ? this.#directory(directory) : this.#path(directory, name);
    await this.#writer.finishDirectory(path, entry);
    return [];
  }

  async remove(directory: ByteString, name: ByteString): Promise<void> {
    const path = this.#path(directory, name);
    const there = await this.look(directory, name);
    this.#listings.delete(directory);
    if (there?.kind === ENTRY_KIND.directory) await this.#removeBelow(path);
    else await this.#writer.removeFile(path);
  }

  close(): void {
    this.#client.close();
  }

  async #removeBelow(path: string): Promise<void> {
    for await (const { entries } of this.#client.list(path)) {
      for (const { name, kind } of entries) {
        if (kind === ENTRY_KIND.directory) await this.#removeBelow(`${path}/${name}`);
        else await this.#writer.removeFile(`${path}/${name}`);
      }
    }
    await this.#writer.removeDirectory(path);
  }

  #list(directory: ByteString): Promise<ReadonlyMap<string, SourceNode>> {
    const listing = this.#entries(directory);
    listing.catch(() => this.#listings.delete(directory));
    if (this.#listings.size >= LISTINGS_MAX) this.#listings.delete([...this.#listings.keys()][0] ?? directory);
    this.#listings.set(directory, listing);
    return listing;
  }

  /** By name as the share compares them: without regard to case. */
  async #entries(directory: ByteString): Promise<ReadonlyMap<string, SourceNode>> {
    const found = new Map<string, SourceNode>();
    try {
      for await (const { entries } of this.#client.list(this.#directory(directory)))
        for (const entry of entries) found.set(keyOf(byteStringOf(entry.name), this.#isNfs), nodeOfListed(entry));
    } catch (error) {
      throw targetError(error);
    }
    return found;
  }

  #permissionKey(sddl: string): Promise<string> {
    const known = this.#permissions.get(sddl);
    if (known !== undefined) return known;
    const making = this.#writer.permissionKey(sddl);
    making.catch(() => this.#permissions.delete(sddl));
    this.#permissions.set(sddl, making);
    return making;
  }

  /** A name of its own in the same directory. */
  #besides(directory: ByteString): string {
    return sharePath(this.#directory(directory), byteStringOf(`.varve-${Buffer.from(this.#random.bytes(8)).toString("hex")}.tmp`));
  }

  /** The item's path in the share. Throws E_TARGET_UNSAFE when a name on it is none that a share can have, or leads elsewhere. */
  #path(directory: ByteString, name: ByteString): string {
    const path = joinPath(directory, name);
    for (const one of path.split("/")) {
      const why = whyNoName(fromByteString(one as ByteString).toString("utf8"), this.#isNfs);
      if (why !== undefined) throw unsafe(path, why);
    }
    return sharePath(this.#root, directory, name);
  }

  #directory(directory: ByteString): string {
    return directory === "" ? this.#root : this.#path(parentOf(directory), lastOf(directory));
  }
}

/** Why a share can have no such name; undefined when it can. */
function whyNoName(text: string, isNfs: boolean): string | undefined {
  if (text === "" || text === "." || text === "..") return "its name is none that a file can have";
  if (text.includes("\ufffd")) return "its name is no text";
  if (isNfs ? text.includes("\0") : NOT_IN_NAMES.test(text)) return "its name has characters that no name in a share has";
  return text.length > NAME_LENGTH_MAX ? `its name is longer than ${NAME_LENGTH_MAX} characters` : undefined;
}

function unsafe(path: ByteString, why: string): AppError {
  return new AppError({
    code: "E_TARGET_UNSAFE",
    what: `${displayBytes(path)} was not restored`,
    why,
    hint: "restore it into a folder",
  });
}

function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) as ByteString;
}

function lastOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1) as ByteString;
}

/** As the share compares names. */
function keyOf(name: ByteString, isNfs: boolean): string {
  const text = fromByteString(name).toString("utf8");
  return isNfs ? text : text.toLowerCase();
}

/** True when the root was not there. */
async function openRoot(client: ShareClient, spec: ShareSpec): Promise<boolean> {
  const { connection } = client;
  try {
    await client.directoryFacts(spec.path);
    return false;
  } catch (error) {
    if (!isAppError(error, "E_SOURCE_MISSING", "E_SHARE_UNAVAILABLE", "E_SOURCE_READ")) throw error;
    const code = error.data["serviceCode"];
    if (isAppError(error, "E_SHARE_UNAVAILABLE") && code !== "ShareNotFound") throw error;
  }
  await connection.call({ doing: "make the share", needs: "create" }, ({ signal }) =>
    connection.share("").createIfNotExists({ abortSignal: signal }),
  );
  const writer = new ShareWriter(connection, false);
  const names = spec.path === "" ? [] : spec.path.split("/");
  for (let depth = 1; depth <= names.length; depth += 1) {
    try {
      await writer.makeDirectory(names.slice(0, depth).join("/"));
    } catch (error) {
      if (!isAppError(error) || !error.code.startsWith("E_TARGET")) throw error;
      const { why, hint, data } = error;
      throw new AppError({ code: "E_TARGET_ROOT", what: `cannot restore into ${describeShare(spec)}`, why, hint, data });
    }
  }
  return true;
}

function noPlace(path: ByteString, kind: EntryKind): AppError {
  const what = kind === ENTRY_KIND.symlink ? "symbolic links" : "devices, sockets and FIFOs";
  return new AppError({
    code: "E_TARGET",
    what: `${displayBytes(path)} was not restored`,
    why: `this share holds no ${what}`,
    hint: "restore it into a folder",
  });
}

function inTheWay(path: string): AppError {
  return new AppError({
    code: "E_TARGET_EXISTS",
    what: `${path} was not restored`,
    why: "something else is where this directory should be, and it may not be replaced",
    hint: "restore into an empty directory, or move it away",
  });
}
