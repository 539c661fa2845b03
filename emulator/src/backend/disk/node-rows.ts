import type { CopyRecord, NodeKind, NodeProperties, NodeRecord } from "../node-record.ts";
import { etagOf, type Ticks } from "../../protocol/ticks.ts";
import { big, int, text, type Row } from "./database.ts";

/** The number of a node in the tables, and where it lies in time. */
export interface NodeRow {
  readonly id: number;
  readonly born: number;
  readonly share: number;
  readonly node: NodeRecord;
}

/** Columns of a node joined with one of its names, as `toNodeRow` reads them. */
export const NODE_COLUMNS =
  "n.id, n.born, n.share, n.kind, n.size, n.created, n.accessed, n.written, n.changed, n.modified, n.attributes, n.links, n.permission, n.more";

const KINDS: readonly NodeKind[] = ["file", "directory", "symlink"];

/** Ids on the wire are far beyond 2^53, as the service's are: whoever reads them as floating point finds out. */
const FILE_ID_BASE = 0x8000_0000_0000_0000n;
const FILE_ID_SHIFT = 16n;

/** What most nodes do not have; one JSON column. Times inside are decimal text. */
interface More {
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly posix?: NodeProperties["posix"];
  readonly copy?: Omit<CopyRecord, "completedAt"> & { readonly completedAt: string };
  readonly linkText?: string;
}

/** The id on the wire of a node's number; the root of a share is 0. */
export function toFileId(id: number, root: number): bigint {
  return id === root ? 0n : FILE_ID_BASE + (BigInt(id) << FILE_ID_SHIFT);
}

/** The node's number behind an id on the wire; -1 for ids that this backend never gave. */
export function fromFileId(fileId: bigint, root: number): number {
  if (fileId === 0n) return root;
  const id = fileId < FILE_ID_BASE ? -1 : Number((fileId - FILE_ID_BASE) >> FILE_ID_SHIFT);
  return id === root ? -1 : id;
}

/** The column of a node's kind. */
export function kindColumn(kind: NodeKind): number {
  return KINDS.indexOf(kind);
}

/** The column of everything that most nodes do not have. */
export function moreColumn({
  headers,
  metadata,
  posix,
  copy,
  linkText,
}: Omit<NodeProperties, "times"> & Pick<NodeRecord, "linkText">): string | null {
  const more: More = {
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(posix !== undefined && { posix }),
    ...(copy !== undefined && { copy: { ...copy, completedAt: String(copy.completedAt ?? "") } }),
    ...(linkText !== undefined && { linkText }),
  };
  return Object.keys(more).length > 0 ? JSON.stringify(more) : null;
}

/** Reads a joined row; `name` and `dir` come from the entry. */
export function toNodeRow(row: Row, root: number): NodeRow {
  const more = (row["more"] === null ? {} : JSON.parse(text(row, "more"))) as More;
  const id = int(row, "id");
  const modified = big(row, "modified");
  const node: NodeRecord = {
    kind: KINDS[int(row, "kind")] ?? "file",
    name: text(row, "name"),
    fileId: toFileId(id, root),
    parentId: id === root ? 0n : toFileId(int(row, "dir"), root),
    generation: BigInt(id),
    size: int(row, "size"),
    times: { created: big(row, "created"), accessed: big(row, "accessed"), written: big(row, "written"), changed: big(row, "changed") },
    modified,
    etag: etagOf(modified),
    attributes: int(row, "attributes"),
    permissionKey: text(row, "permission"),
    linkCount: int(row, "links"),
    headers: more.headers ?? {},
    metadata: more.metadata ?? {},
    posix: more.posix,
    copy: toCopy(more.copy),
    linkText: more.linkText,
  };
  return { id, born: int(row, "born"), share: int(row, "share"), node };
}

function toCopy(copy: More["copy"]): CopyRecord | undefined {
  if (copy === undefined) return undefined;
  const completedAt: Ticks | undefined = copy.completedAt === "" ? undefined : BigInt(copy.completedAt);
  return { ...copy, completedAt };
}
