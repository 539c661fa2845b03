/** The reflected polynomial of the CRC that storage services use, in halves of 32 bits. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** Tables for eight bytes at a step: entry `k * 256 + byte` is what the byte becomes after `k` more zero bytes. */
const HIGH = new Uint32Array(8 * 256);
const LOW = new Uint32Array(8 * 256);

fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte += 1) {
    let [high, low] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (low & 1) !== 0;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high >>>= 1;
      if (isOdd) [high, low] = [(high ^ POLYNOMIAL_HIGH) >>> 0, (low ^ POLYNOMIAL_LOW) >>> 0];
    }
    [HIGH[byte], LOW[byte]] = [high, low];
  }
  for (let index = 256; index < HIGH.length; index += 1) {
    const [high, low] = [HIGH[index - 256] ?? 0, LOW[index - 256] ?? 0];
    const first = low & 0xff;
    LOW[index] = ((low >>> 8) | (high << 24)) ^ (LOW[first] ?? 0);
    HIGH[index] = (high >>> 8) ^ (HIGH[first] ?? 0);
  }
}

/** CRC-64 of bytes that come in pieces. */
export class Crc64 {
  #high = 0xffff_ffff;
  #low = 0xffff_ffff;

  append(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = bytes.length - (bytes.length % 8);
    let [high, low] = [this.#high, this.#low];
    for (let at = 0; at < end; at += 8) {
      low ^= view.getUint32(at, true);
      high ^= view.getUint32(at + 4, true);
      const [next, nextHigh] = [step(LOW, low, high), step(HIGH, low, high)];
      low = next;
      high = nextHigh;
    }
    for (let at = end; at < bytes.length; at += 1) {
      const index = (low ^ (bytes[at] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
      high = (high >>> 8) ^ (HIGH[index] ?? 0);
    }
    [this.#high, this.#low] = [high, low];
  }

  /** Eight bytes, the least significant first. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(~this.#low >>> 0, 0);
    bytes.writeUInt32LE(~this.#high >>> 0, 4);
    return bytes;
  }
}

function step(table: Uint32Array, low: number, high: number): number {
  return (
    (table[1792 + (low & 0xff)] ?? 0) ^
    (table[1536 + ((low >>> 8) & 0xff)] ?? 0) ^
    (table[1280 + ((low >>> 16) & 0xff)] ?? 0) ^
    (table[1024 + (low >>> 24)] ?? 0) ^
    (table[768 + (high & 0xff)] ?? 0) ^
    (table[512 + ((high >>> 8) & 0xff)] ?? 0) ^
    (table[256 + ((high >>> 16) & 0xff)] ?? 0) ^
    (table[high >>> 24] ?? 0)
  );
}

/** The CRC-64 of bytes, the least significant byte first. */
export function crc64(bytes: Uint8Array): Buffer {
  const crc = new Crc64();
  crc.append(bytes);
  return crc.digest();
}
