import type { Random } from "../shared/random.ts";

/** Random bytes fetched at once: asking the system for 16 at a time costs more than all the rest of indexing a file. */
const STOCK_BYTES = 16 * 1024;
const GUID_BYTES = 16;

/** Makes GUIDs of version 4 (RFC 9562, section 5.4): 122 random bits, lower-case. */
export class GuidMaker {
  readonly #random: Random;
  #stock: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    if (this.#used === this.#stock.length) {
      this.#stock = Buffer.from(this.#random.bytes(STOCK_BYTES).buffer);
      this.#used = 0;
    }
    const bytes = this.#stock.subarray(this.#used, this.#used + GUID_BYTES);
    this.#used += GUID_BYTES;
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

/** The GUID of the server and the GUID of a file: key of the mapping and name of the blob. */
export function joinGuids(server: string, file: string): string {
  return `${server}-${file}`;
}

const JOINED = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The server's GUID in a name that `joinGuids` made; undefined for names made by others. */
export function serverGuidOf(name: string): string | undefined {
  return JOINED.exec(name)?.[1];
}
