import { corrupt } from "./corrupt.ts";

/** A field of a table, as far as its place in memory goes. */
export type FieldShape =
  | { readonly kind: "scalar"; readonly bytes: number }
  /** Scalars or structs laid end to end. */
  | { readonly kind: "vector"; readonly elementBytes: number; readonly alignment: number }
  | { readonly kind: "string" }
  | { readonly kind: "strings" }
  | { readonly kind: "table"; readonly table: TableShape }
  | { readonly kind: "tables"; readonly table: TableShape };

/** A table of the schema; `generated/shapes.ts` has one for each. Shapes refer only to shapes above them, so nesting is finite. */
export interface TableShape {
  readonly name: string;
  readonly fields: readonly FieldShape[];
}

/** What the bytes must be. */
export interface Expectation {
  readonly root: TableShape;
  /** The four characters at offset 4. */
  readonly identifier: string;
  /** Name of the thing for errors. */
  readonly what: string;
}

/** FlatBuffers' own limit: the reader uses signed 32-bit offsets. */
const BUFFER_BYTES_MAX = 0x7fff_ffff;
/** Vtables and tables are read through signed 16-bit numbers. */
const TABLE_BYTES_MAX = 0x7fff;
const DEPTH_MAX = 16;
/** A table takes at least 4 bytes and the offset to it 4 more, so a buffer that says more shares tables to grow on reading. */
const BYTES_PER_TABLE_MIN = 8;
/** Equal strings are stored once and referred to often; reading may yield this many times the buffer, and a fixed allowance. */
const SHARING_FACTOR_MAX = 16;
const SHARING_ALLOWANCE_BYTES = 1 << 20;

interface CheckedVtable {
  readonly shape: TableShape;
  readonly tableBytes: number;
  /** Place inside the table and shape of each field that is an offset to something. */
  readonly references: readonly { readonly at: number; readonly field: FieldShape }[];
}

/**
 * Checks that a FlatBuffer can be read without leaving its bytes, without endless work and without growing out of proportion.
 * The JavaScript runtime of FlatBuffers checks nothing: every buffer from outside goes through here first.
 * Fields beyond the known ones are left alone, so that later versions may add some.
 *
 * @throws AppError E_CORRUPT
 */
export function verifyFlatBuffer(bytes: Uint8Array, expectation: Expectation): void {
  new Verifier(bytes, expectation.what).verify(expectation);
}

class Verifier {
  readonly #view: DataView;
  readonly #length: number;
  readonly #what: string;
  readonly #vtables = new Map<number, CheckedVtable>();
  #tablesLeft: number;
  #contentBytesLeft: number;

  constructor(bytes: Uint8Array, what: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#length = bytes.length;
    this.#what = what;
    this.#tablesLeft = Math.floor(bytes.length / BYTES_PER_TABLE_MIN) + 1;
    this.#contentBytesLeft = bytes.length * SHARING_FACTOR_MAX + SHARING_ALLOWANCE_BYTES;
  }

  verify(expectation: Expectation): void {
    if (this.#length < 8) throw this.#damage("it is shorter than its head", 0);
    if (this.#length > BUFFER_BYTES_MAX) throw this.#damage("it is longer than its format allows", 0);
    for (let i = 0; i < 4; i += 1) {
      if (this.#view.getUint8(4 + i) !== expectation.identifier.charCodeAt(i)) throw this.#damage("it is of another kind", 4);
    }
    this.#table(this.#target(0), expectation.root, 0);
  }

  #damage(why: string, offset: number): Error {
    return corrupt(this.#what, `${why}, at offset ${offset}`, { offset });
  }

  /** Follows the offset stored at `at` (in bounds already) to a place with at least four bytes. */
  #target(at: number): number {
    const target = at + this.#view.getUint32(at, true);
    if (target === at || target > this.#length - 4) throw this.#damage("an offset leaves it", at);
    return target;
  }

  #table(at: number, shape: TableShape, depth: number): void {
    if (depth > DEPTH_MAX) throw this.#damage("it is nested too deeply", at);
    this.#tablesLeft -= 1;
    if (this.#tablesLeft < 0) throw this.#damage("it refers to more tables than it can hold", at);
    const vtable = this.#vtable(at, shape);
    if (vtable.tableBytes > this.#length - at) throw this.#damage("a table leaves it", at);
    for (const reference of vtable.references) this.#reference(at + reference.at, reference.field, depth);
  }

  #vtable(table: number, shape: TableShape): CheckedVtable {
    const at = table - this.#view.getInt32(table, true);
    const known = this.#vtables.get(at);
    if (known !== undefined && known.shape === shape) return known;
    const checked = this.#checkVtable(at, shape);
    this.#vtables.set(at, checked);
    return checked;
  }

  #checkVtable(at: number, shape: TableShape): CheckedVtable {
    if (at < 0 || at > this.#length - 4) throw this.#damage("a table description is outside", at);
    const vtableBytes = this.#view.getUint16(at, true);
    const tableBytes = this.#view.getUint16(at + 2, true);
    const vtableBytesMax = Math.min(this.#length - at, TABLE_BYTES_MAX);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || vtableBytes > vtableBytesMax)
      throw this.#damage("a table description has an impossible length", at);
    if (tableBytes < 4 || tableBytes > TABLE_BYTES_MAX) throw this.#damage("a table has an impossible length", at);
    const fields = shape.fields.slice(0, (vtableBytes - 4) / 2);
    return { shape, tableBytes, references: this.#fieldReferences(at, fields, tableBytes) };
  }

  /** Checks the places of fields inside their table, and returns those that are offsets. */
  #fieldReferences(vtable: number, fields: readonly FieldShape[], tableBytes: number): CheckedVtable["references"] {
    const references: { at: number; field: FieldShape }[] = [];
    for (const [index, field] of fields.entries()) {
      const at = this.#view.getUint16(vtable + 4 + 2 * index, true);
      if (at === 0) continue;
      const bytes = field.kind === "scalar" ? field.bytes : 4;
      if (at < 4 || at + bytes > tableBytes) throw this.#damage("a field lies outside its table", vtable);
      if (field.kind !== "scalar") references.push({ at, field });
    }
    return references;
  }

  #reference(at: number, field: FieldShape, depth: number): void {
    const target = this.#target(at);
    switch (field.kind) {
      case "scalar":
        return;
      case "table":
        this.#table(target, field.table, depth + 1);
        return;
      case "vector":
        this.#vector(target, field.elementBytes, field.alignment);
        return;
      case "string":
        this.#vector(target, 1, 1);
        return;
      case "strings":
      case "tables":
        this.#references(target, field, depth);
    }
  }

  /** Checks a vector's extent and returns its number of elements. */
  #vector(at: number, elementBytes: number, alignment: number): number {
    const count = this.#view.getUint32(at, true);
    const bytes = count * elementBytes;
    if (bytes > this.#length - at - 4) throw this.#damage("a list leaves it", at);
    if ((at + 4) % alignment !== 0) throw this.#damage("a list is not aligned", at);
    this.#contentBytesLeft -= bytes;
    if (this.#contentBytesLeft < 0) throw this.#damage("it refers to more bytes than it can hold", at);
    return count;
  }

  #references(at: number, field: FieldShape & { readonly kind: "strings" | "tables" }, depth: number): void {
    const count = this.#vector(at, 4, 4);
    for (let place = at + 4, i = 0; i < count; i += 1, place += 4) {
      const target = this.#target(place);
      if (field.kind === "tables") this.#table(target, field.table, depth + 1);
      else this.#vector(target, 1, 1);
    }
  }
}
