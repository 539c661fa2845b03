import { ENTRY_KIND, NO_CHUNKS } from "../../src/format/entry.ts";
import { joinPath, type ByteString } from "../../src/shared/bytes.ts";
import { must } from "../../src/shared/assert.ts";
import type { AppError } from "../../src/shared/errors.ts";
import type { ContentReader, NodeDetails, Source, SourceNode } from "../../src/source/source.ts";
import type { Target, TargetEntry } from "../../src/source/target.ts";

const EMPTY = "" as ByteString;
const COPY_BYTES = 256 * 1024;

/** A node as a snapshot would give it back to a target. */
export function toTargetEntry(
  node: SourceNode,
  details: NodeDetails,
  names: { readonly user: string; readonly group: string },
): TargetEntry {
  return {
    name: node.name,
    kind: node.kind,
    nodeId: node.nodeId,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    ...names,
    size: node.size,
    modifiedNs: node.modifiedNs,
    changedNs: node.changedNs,
    accessedNs: node.accessedNs,
    bornNs: node.bornNs,
    links: node.links,
    device: node.device,
    attributes: details.attributes,
    linkTarget: details.linkTarget,
    content: NO_CHUNKS,
    extents: undefined,
    xorHash: 0n,
    directory: undefined,
  };
}

/** Copies a whole tree from a source to a target without anything in between. Returns what the target could not apply. */
export async function copyTree(
  from: { readonly source: Source; readonly reader: ContentReader },
  target: Target,
): Promise<readonly AppError[]> {
  return new TreeCopy(from.source, from.reader, target).run();
}

class TreeCopy {
  readonly #source: Source;
  readonly #reader: ContentReader;
  readonly #target: Target;
  readonly #buffer = new Uint8Array(COPY_BYTES);
  readonly #firstOf = new Map<bigint, { readonly directory: ByteString; readonly name: ByteString }>();
  readonly #directories: { readonly directory: ByteString; readonly entry: TargetEntry }[] = [];
  readonly #errors: AppError[] = [];

  constructor(source: Source, reader: ContentReader, target: Target) {
    this.#source = source;
    this.#reader = reader;
    this.#target = target;
  }

  async run(): Promise<readonly AppError[]> {
    const root = await this.#entry(EMPTY, { ...copyOf(await this.#source.root()), name: EMPTY });
    this.#directories.push({ directory: EMPTY, entry: root });
    const pending: ByteString[] = [EMPTY];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      for await (const batch of this.#source.list(directory)) {
        for (const node of batch) {
          const entry = await this.#entry(directory, node);
          await this.#copy(directory, entry);
          if (entry.kind === ENTRY_KIND.directory) pending.push(joinPath(directory, entry.name));
        }
      }
    }
    for (const { directory, entry } of this.#directories.toReversed()) {
      this.#errors.push(...(await this.#target.finishDirectory(directory, entry.name, entry)));
    }
    return this.#errors;
  }

  async #entry(directory: ByteString, node: SourceNode): Promise<TargetEntry> {
    const details = await this.#source.details(directory, node.name, node.kind);
    return toTargetEntry(node, details, this.#source.ownerNames(node.uid, node.gid));
  }

  async #copy(directory: ByteString, entry: TargetEntry): Promise<void> {
    const { name, kind, links, nodeId } = entry;
    if (kind === ENTRY_KIND.directory) {
      await this.#target.makeDirectory(directory, name, false);
      this.#directories.push({ directory, entry });
      return;
    }
    const first = links > 1 ? this.#firstOf.get(nodeId) : undefined;
    if (first !== undefined) return this.#target.link(directory, name, first, false);
    if (kind === ENTRY_KIND.file) await this.#copyFile(directory, entry);
    else this.#errors.push(...(await this.#target.makeSpecial(directory, entry, false)));
    if (links > 1) this.#firstOf.set(nodeId, { directory, name });
  }

  async #copyFile(directory: ByteString, entry: TargetEntry): Promise<void> {
    const content = await this.#reader.open(directory, entry.name);
    const file = await this.#target.createFile(directory, entry.name, false);
    await file.truncate(entry.size);
    for (const extent of (await content.extents()) ?? [{ offset: 0, length: entry.size }]) {
      for (let at = extent.offset; at < extent.offset + extent.length;) {
        const part = this.#buffer.subarray(0, Math.min(COPY_BYTES, extent.offset + extent.length - at));
        const got = await content.read(part, at);
        must(got > 0 || undefined, "the file kept its size");
        await file.write(part.subarray(0, got), at);
        at += got;
      }
    }
    await content.close();
    this.#errors.push(...(await file.finish(entry)));
  }
}

/** The fields of a node as plain values. */
export function copyOf(node: SourceNode): SourceNode {
  const {
    name,
    kind,
    nodeId,
    size,
    modifiedNs,
    changeToken,
    changedNs,
    accessedNs,
    bornNs,
    mode,
    uid,
    gid,
    links,
    device,
    allocatedBytes,
    fileSystem,
  } = node;
  return {
    name,
    kind,
    nodeId,
    size,
    modifiedNs,
    changeToken,
    changedNs,
    accessedNs,
    bornNs,
    mode,
    uid,
    gid,
    links,
    device,
    allocatedBytes,
    fileSystem,
  };
}
