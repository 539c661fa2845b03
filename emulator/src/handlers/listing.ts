import type { NodeRecord } from "../backend/node-record.ts";
import { xmlAnswer, type Answer } from "../protocol/answer.ts";
import { invalidQuery } from "../protocol/errors.ts";
import { countOf, type StorageRequest } from "../protocol/request.ts";
import { formatHttpDate, formatTicks } from "../protocol/ticks.ts";
import { element, encodedElement, encodedText, optional, renderXml, type XmlElement } from "../protocol/xml.ts";
import { locateDirectory } from "./locate.ts";
import { attributesText } from "./node-headers.ts";
import type { World } from "./world.ts";

/** Entries on one page at most. */
const PAGE_ENTRIES_MAX = 5000;

const INCLUDES = ["timestamps", "etag", "attributes", "permissionkey"] as const;

/** What entries of a listing show. */
interface Shown {
  readonly includes: ReadonlySet<string>;
  readonly extended: boolean;
  readonly sizeOf: (node: NodeRecord) => number;
}

/** List Directories and Files: one level, one page. */
export async function listDirectoriesAndFiles(request: StorageRequest, world: World): Promise<Answer> {
  const { query, headers } = request;
  const { node, view, path, share } = await locateDirectory(request, world);
  const extended = headers.flag("x-ms-file-extended-info");
  const includes = includesOf(query.get("include") ?? "");
  const maxResults = countOf(query, "maxresults");
  const [prefix, marker] = [query.get("prefix") ?? "", query.get("marker") ?? ""];
  const page = await world.backend.tree.list(view, node.fileId, {
    prefix,
    after: marker === "" ? undefined : decodeMarker(marker),
    countMax: Math.min(maxResults ?? PAGE_ENTRIES_MAX, PAGE_ENTRIES_MAX),
  });
  const isStale = view.snapshot === undefined && !extended;
  const sizeOf = ({ fileId, size }: NodeRecord): number => (isStale ? world.handles.shownSize(share.name, fileId, size) : size);
  const directoryPath = encodedText(path.join("/"));
  const body = element(
    "EnumerationResults",
    [
      optional("Marker", marker === "" ? undefined : marker),
      encodedElement("Prefix", prefix),
      optional("MaxResults", maxResults === undefined ? undefined : String(maxResults)),
      optional("DirectoryId", extended ? node.fileId.toString() : undefined),
      element(
        "Entries",
        page.nodes.map((entry) => entryElement(entry, { includes, extended, sizeOf })),
      ),
      element("NextMarker", page.next === undefined ? "" : encodeMarker(page.next)),
    ],
    {
      ServiceEndpoint: `${request.endpoint}/`,
      ShareName: share.name,
      ShareSnapshot: view.snapshot,
      DirectoryPath: directoryPath.text,
      Encoded: directoryPath.isEncoded ? "true" : undefined,
    },
  );
  return xmlAnswer(renderXml(body));
}

function includesOf(text: string): ReadonlySet<string> {
  const includes = text
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const known: readonly string[] = INCLUDES;
  for (const name of includes) if (name !== "" && !known.includes(name)) throw invalidQuery("include", text);
  return new Set(includes);
}

function entryElement(node: NodeRecord, { includes, extended, sizeOf }: Shown): XmlElement {
  const isDirectory = node.kind === "directory";
  // Attributes and descriptors are SMB's; nodes of NFS shares have an owner and a mode instead.
  const isSmb = node.posix === undefined;
  const length = isDirectory ? undefined : element("Content-Length", String(sizeOf(node)));
  const times = includes.has("timestamps") ? timeElements(node) : [];
  const etag = includes.has("etag") ? element("Etag", node.etag) : undefined;
  return element(isDirectory ? "Directory" : "File", [
    extended ? element("FileId", node.fileId.toString()) : undefined,
    encodedElement("Name", node.name),
    element(
      "Properties",
      [length, ...times, etag].filter((one) => one !== undefined),
    ),
    isSmb && includes.has("attributes") ? element("Attributes", attributesText(node)) : undefined,
    isSmb && includes.has("permissionkey") ? element("PermissionKey", node.permissionKey) : undefined,
  ]);
}

function timeElements({ times, modified }: NodeRecord): readonly XmlElement[] {
  return [
    element("CreationTime", formatTicks(times.created)),
    element("LastAccessTime", formatTicks(times.accessed)),
    element("LastWriteTime", formatTicks(times.written)),
    element("ChangeTime", formatTicks(times.changed)),
    element("Last-Modified", formatHttpDate(modified)),
  ];
}

/** Markers are opaque: nobody shall build one. */
function encodeMarker(key: string): string {
  return Buffer.from(`1!${key}`).toString("base64url");
}

function decodeMarker(marker: string): string {
  const text = Buffer.from(marker, "base64url").toString();
  if (!text.startsWith("1!")) throw invalidQuery("marker", marker);
  return text.slice(2);
}
