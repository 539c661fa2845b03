/** Larger files go in blocks, and come in ranges, each in a request of its own. */
export const WHOLE_FILE_BYTES_MAX: number = 8 * 2 ** 20;

/** Usual size of a block. */
export const BLOCK_BYTES: number = 8 * 2 ** 20;

/** Blocks in memory at once, over all large files: 64 MiB. */
export const BLOCKS_MAX = 8;

/** Size of a range that is fetched. Azurite reads and hashes a range of up to 4 MiB once more before it answers: twice the work. */
export const RANGE_BYTES: number = 8 * 2 ** 20;

/** Ranges in memory at once, over all large files: 128 MiB. Twice as many as there are lanes for their hashes, so that none stays empty. */
export const RANGES_MAX = 16;

/** What is hashed and written at once, at least, of a range that is still arriving. */
export const PIECE_BYTES: number = 2 ** 20;

/** Bytes of small files in memory at once. */
export const SMALL_BYTES_MAX: number = 32 * 2 ** 20;
