/** One line of a mapping. */
export interface MappingEntry {
  /** Place in the file, counted from 0. */
  readonly number: number;
  /** Key of the mapping and name of the blob. */
  readonly guid: string;
  /** Path as the mapping has it; half a surrogate pair stands for a byte that is not UTF-8, as Python writes it. */
  readonly path: string;
}
