import { attributeOf, readXml } from "../../shared/xml.ts";
import type { BlobInfo, BlobPage } from "../blob/blob-store.ts";

/** Reads the answer to List Blobs. Undefined for whatever might hide a blob: a listing is complete or worth nothing. */
export function parseBlobPage(xml: string): BlobPage | undefined {
  const page = new PageReader();
  return readXml(xml, page) && page.complete ? page.result() : undefined;
}

/** Elements that hold one fact of a blob, or of the page. */
type Facts = Record<string, string>;

class PageReader {
  readonly #blobs: (BlobInfo | undefined)[] = [];
  readonly #page: Facts = {};
  #blob: Facts | undefined;
  #encoded = false;
  #leaf = "";
  #ended = false;

  open = (name: string, attributes: string, empty: boolean): void => {
    this.#leaf = empty ? "" : name;
    if (name === "Blob") this.#blob = {};
    else if (name === "Name") this.#encoded = attributeOf(attributes, "Encoded") === "true";
  };

  text = (text: string): void => {
    (this.#blob ?? this.#page)[this.#leaf] = text;
  };

  close = (name: string): void => {
    this.#leaf = "";
    if (name === "EnumerationResults") this.#ended = true;
    else if (name === "Name") this.#decodeName();
    else if (name === "Blob" && this.#blob !== undefined) {
      this.#blobs.push(blobOf(this.#blob));
      this.#blob = undefined;
    }
  };

  get complete(): boolean {
    return this.#ended && !this.#blobs.includes(undefined);
  }

  result(): BlobPage {
    const marker = this.#page["NextMarker"] ?? "";
    return { blobs: this.#blobs.filter((blob) => blob !== undefined), next: marker === "" ? undefined : marker };
  }

  /** Names that XML cannot hold come percent-encoded. */
  #decodeName(): void {
    if (this.#blob === undefined || !this.#encoded) return;
    try {
      this.#blob["Name"] = decodeURIComponent(this.#blob["Name"] ?? "");
    } catch {
      this.#blob["Name"] = "";
    }
  }
}

function blobOf(facts: Facts): BlobInfo | undefined {
  const name = facts["Name"] ?? "";
  const size = Number(facts["Content-Length"] ?? Number.NaN);
  if (name === "" || !Number.isSafeInteger(size) || size < 0) return undefined;
  const md5 = facts["Content-MD5"];
  return { name, size, md5: md5 === undefined ? undefined : Buffer.from(md5, "base64") };
}
