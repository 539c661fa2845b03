/** Larger files go in blocks, and come in ranges, each in a request of its own. */
export const WHOLE_FILE_BYTES_MAX: number = 8 * 2 ** 20;

/** Usual size of a block. */
export const BLOCK_BYTES: number = 8 * 2 ** 20;

/** Blocks in memory at once, over all large files: 128 MiB. */
export const BLOCKS_MAX = 16;

/** Size of a range that is fetched. Each costs a request, and those of up to 4 MiB Azurite reads and hashes once more before it answers. */
export const RANGE_BYTES: number = 16 * 2 ** 20;

/** Size of the first range of a file, which all others have to wait for: it tells the version that they must have. */
export const FIRST_RANGE_BYTES: number = 2 ** 20;

/** Ranges under way and in memory at once, over all large files: 128 MiB. */
export const RANGES_MAX = 8;

/** What is hashed and written at once, at least, of a range that is still arriving. */
export const PIECE_BYTES: number = 2 ** 20;

/** Bytes of small files in memory at once. */
export const SMALL_BYTES_MAX: number = 32 * 2 ** 20;
